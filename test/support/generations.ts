import { Tensor } from "t5gemma2";
import { fixtureSource, readFixture, readFixtureJson } from "./files.ts";
import { readTensors } from "./safetensors.ts";

/** A whole run of the oracle's `generate`; see test/fixtures/README.md. */
export interface GenerationCase {
  readonly name: string;
  readonly checkpoint: string;
  /** The checkpoint of the model that drafts. */
  readonly assistant?: string;
  /** In camelCase, with tensors in place of their names. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly sequences: number[][];
  readonly sequencesScores?: readonly number[];
  readonly beamIndices?: readonly (readonly number[])[];
  readonly transitionScores?: readonly (readonly number[])[];
  readonly decoded?: readonly string[];
  /** Of a sampled step, [rows, vocab] with -9e9 for tokens that were left out. */
  readonly scores?: Tensor<"float32"> | undefined;
  /** Of a sampled step, the tokens of each row that were kept. */
  readonly kept?: readonly (readonly number[])[];
  readonly error?: { readonly type: string; readonly message: string };
}

/** A fixture of generations, and its tensors. */
export async function readGenerations(file: "generate" | "generate-more" | "generate-assisted" = "generate"): Promise<{ cases: readonly GenerationCase[]; tensors: ReadonlyMap<string, Tensor<"float32">> }> {
  const tensors = file === "generate-assisted" ? new Map<string, never>() : readTensors(await readFixture(`test/fixtures/outputs/${file}.safetensors`));
  const { cases } = await readFixtureJson<{ cases: Record<string, unknown>[] }>(`test/fixtures/outputs/${file}.json`);
  const value = (item: unknown): unknown => {
    if (typeof item !== "object" || item === null || !("tensor" in item)) return item;
    return tensors.get(item.tensor as string);
  };
  const read = (each: Record<string, unknown>): GenerationCase => ({
    ...(camelCase(each) as unknown as GenerationCase),
    inputs: camelCase(each["inputs"] as object, value),
    options: camelCase(each["options"] as object, value),
    scores: value(each["scores"]) as Tensor<"float32"> | undefined,
  });
  return { cases: cases.map(read), tensors };
}

/** Where a case's checkpoint is. */
export function sourceOf(checkpoint: string): string {
  return checkpoint === "reader" ? "builtin:reader" : fixtureSource(`test/fixtures/checkpoints/${checkpoint}`);
}

/** Fields in camelCase, the outermost level only. */
export function camelCase(fields: object, value: (item: unknown) => unknown = (item) => item): Record<string, unknown> {
  const name = (key: string): string => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(fields).map(([key, item]) => [name(key), value(item)]));
}
