import { Tensor } from "t5gemma2";
import { largestDifference } from "./compare.ts";
import { readFixture, readFixtureJson } from "./files.ts";
import { readTensors } from "./safetensors.ts";

/** Largest difference over largest magnitude. The oracle differs from itself by 1e-5 (sdpa against eager attention). */
export const TOLERANCE = { wasm: 1e-4, webgpu: 1e-3 } as const;

/** What the oracle wrote of a value: JSON, `{ tensor: name }`, or a list of those. */
export type Written = unknown;

/** A file of cases whose tensors lie in a safetensors file beside the JSON. */
export interface Answers<Case> {
  readonly cases: readonly Case[];
  /** Inputs in camelCase, tensors in their place. */
  given(inputs: Readonly<Record<string, Written>>): Record<string, unknown>;
  tensor(written: Written): Tensor<"float32">;
}

/** Reads `PATH.json` and `PATH.safetensors`. */
export async function readAnswers<Case>(path: string): Promise<Answers<Case>> {
  const { cases } = await readFixtureJson<{ cases: Case[] }>(`${path}.json`);
  const tensors = readTensors(await readFixture(`${path}.safetensors`));
  const tensor = (written: Written): Tensor<"float32"> => {
    const found = tensors.get((written as { tensor: string }).tensor);
    if (found === undefined) throw new Error(`no tensor ${JSON.stringify(written)} in ${path}`);
    return found as Tensor<"float32">;
  };
  const value = (written: Written): unknown => {
    if (typeof written !== "object" || written === null || Array.isArray(written)) return written;
    return "tensor" in written ? tensor(written) : named(written as Record<string, Written>);
  };
  const named = (fields: Readonly<Record<string, Written>>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(fields).map(([name, written]) => [camelCase(name), value(written)]));
  return { cases, given: named, tensor };
}

/** `decoder_input_ids` as `decoderInputIds`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** How far a tensor is from the oracle's, relative to its largest magnitude; rows that `counts` denies mean nothing. Shapes must be equal. */
export async function distance(got: Tensor, wanted: Tensor, counts?: (row: number) => boolean): Promise<number> {
  if (got.dims.join() !== wanted.dims.join()) throw new Error(`dims [${got.dims.join()}], not [${wanted.dims.join()}]`);
  const width = wanted.dims.at(-1) ?? 1;
  const { relative } = largestDifference(await got.data(), await wanted.data(), (index) => counts?.(Math.floor(index / width)) ?? true);
  return relative;
}
