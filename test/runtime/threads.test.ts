import { checkDevice, InputError, T5Gemma2ForConditionalGeneration } from "t5gemma2";
import { expect, it } from "vitest";
import { runtime } from "../support/files.ts";

// Long enough, and the model large enough, that the matrices and the attention are shared.
const inputIds = [0, 1].map((row) => Array.from({ length: 40 }, (_, at) => 3 + ((7 * at + 11 * row) % 250)));
const attentionMask = inputIds.map((row, index) => row.map((_, at) => Number(index === 0 || at < 25)));
const load = (threads: number, dtype?: "f32" | "bf16" | "f16" | "q8" | "q4") =>
  T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { device: "wasm", threads, dtype });

it("can share memory here", () => {
  expect(typeof SharedArrayBuffer).toBe("function");
  if (runtime === "browser") expect(crossOriginIsolated).toBe(true);
});

it.each(["f32", "bf16", "f16", "q8", "q4"] as const)("gives the same numbers with 1, 2 and 3 threads: %s", async (dtype) => {
  const results: { logits: number[]; sequences: readonly number[][] }[] = [];
  for (const threads of [1, 2, 3]) {
    using model = await load(threads, dtype);
    expect(model).toMatchObject({ threads, threadsReason: "asked for" });
    const decoderInputIds = inputIds.map((row) => [2, ...row.slice(0, 11)]);
    const { logits } = await model.forward({ inputIds, attentionMask, decoderInputIds });
    const { sequences } = await model.generate({ inputIds, attentionMask, maxNewTokens: 12, eosTokenId: null });
    results.push({ logits: [...(await logits.data())], sequences: sequences.map((row) => [...row]) });
  }
  expect(results[0]!.logits.every(Number.isFinite)).toBe(true);
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});

it("takes what the machine has by itself, and one thread where it is told to", async () => {
  const found = globalThis.navigator?.hardwareConcurrency ?? (await import(/* @vite-ignore */ "node:os")).availableParallelism();
  using own = await T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { device: "wasm" });
  expect(own.threads).toBe(Math.min(8, found));
  expect(own.threadsReason).toBe(`the machine has ${found}`);
  using single = await load(1);
  expect(single).toMatchObject({ threads: 1, threadsReason: "asked for" });
});

it("lets models share threads, and starts them again for a later one", async () => {
  const answer = async (model: T5Gemma2ForConditionalGeneration) => (await model.generate({ inputIds, attentionMask, maxNewTokens: 8 })).sequences;
  const [first, second] = await Promise.all([load(2), load(2)]);
  const expected = await answer(first);
  expect(await Promise.all([answer(first), answer(second)])).toEqual([expected, expected]);
  first.dispose();
  first.dispose();
  expect(await answer(second)).toEqual(expected);
  second.dispose();
  using third = await load(2);
  expect(await answer(third)).toEqual(expected);
});

it("every kernel gives what the plain computation gives, on three threads", async () => {
  const { passed, threads, kernels } = await checkDevice({ device: "wasm", threads: 3 });
  expect(kernels.filter(({ passed }) => !passed)).toEqual([]);
  expect({ passed, threads }).toEqual({ passed: true, threads: 3 });
});

it("refuses a number that makes no sense", async () => {
  await expect(load(0)).rejects.toThrow(/threads: 0 is neither/);
  await expect(checkDevice({ device: "wasm", threads: 1.5 })).rejects.toThrow(InputError);
});
