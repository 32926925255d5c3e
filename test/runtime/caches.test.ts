import fc from "fast-check";
import { type EncoderDecoderCache, T5Gemma2ForConditionalGeneration, type Tensor } from "t5gemma2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TOLERANCE } from "../support/answers.ts";
import { largestDifference } from "../support/compare.ts";
import { fixtureSource } from "../support/files.ts";

const VOCAB = 208;
/** Below the pictures' tokens; 0 is padding. */
const ids = (minLength: number, maxLength: number) => fc.array(fc.integer({ min: 3, max: 199 }), { minLength, maxLength });

// Windows of 6 and longer texts: sliding layers forget, full ones don't.
describe.each(["grouped", "full-heads"])("the cache of %s", (checkpoint) => {
  let model: T5Gemma2ForConditionalGeneration;

  beforeAll(async () => {
    model = await T5Gemma2ForConditionalGeneration.fromPretrained(fixtureSource(`test/fixtures/checkpoints/${checkpoint}`), { device: "wasm", dtype: "f32" });
  });
  afterAll(() => model?.dispose());

  const whole = async (input: number[], decoder: number[]): Promise<Float32Array> => {
    const { logits } = await model.forward({ inputIds: [input], decoderInputIds: [decoder], useCache: false });
    return read(logits);
  };

  it("gives the logits of the whole sequence, however it is cut into steps", async () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(ids(1, 12), ids(2, 24), cuts, async (input, decoder, lengths) => {
        let past: EncoderDecoderCache | undefined;
        const parts: number[] = [];
        for (let at = 0, step = 0; at < decoder.length; step++) {
          const next = decoder.slice(at, at + (lengths[step % lengths.length] as number));
          const encoder = past === undefined ? { inputIds: [input] } : { pastKeyValues: past };
          const { logits, pastKeyValues } = await model.forward({ ...encoder, decoderInputIds: [next], useCache: true });
          parts.push(...(await read(logits)));
          at += next.length;
          past = pastKeyValues;
          expect(past?.length).toBe(at);
        }
        past?.dispose();
        expect(apart(Float32Array.from(parts), await whole(input, decoder))).toBeLessThanOrEqual(TOLERANCE.wasm);
      }),
      { numRuns: 12, seed: 4 },
    );
  });

  it("gives each row its own logits, whatever the rows beside it, their order and their padding", async () => {
    const row = fc.tuple(ids(1, 10), ids(12, 12), fc.boolean());
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 11 }), async (rows, cut) => {
        const width = Math.max(...rows.map(([input]) => input.length)) + 2;
        const padded = rows.map(([input, , isLeft]) => {
          const rest = Array<number>(width - input.length).fill(0);
          return isLeft ? [...rest, ...input] : [...input, ...rest];
        });
        const mask: number[][] = padded.map((line) => line.map((id) => (id === 0 ? 0 : 1)));
        // Positions count the row's own tokens, so that padding on the left does not move them.
        const positions = mask.map((line) => line.map((_, index) => Math.max(0, line.slice(0, index + 1).reduce((a, b) => a + b, 0) - 1)));
        const first = { inputIds: padded, attentionMask: mask, positionIds: positions, decoderInputIds: rows.map(([, decoder]) => decoder.slice(0, cut)) };
        const begun = await model.forward({ ...first, useCache: true });
        const ended = await model.forward({ pastKeyValues: begun.pastKeyValues!, decoderInputIds: rows.map(([, decoder]) => decoder.slice(cut)), useCache: true });
        const [head, tail] = [await read(begun.logits), await read(ended.logits)];
        ended.pastKeyValues?.dispose();
        for (const [index, [input, decoder]] of rows.entries()) {
          const got = [...head.subarray(index * cut * VOCAB, (index + 1) * cut * VOCAB), ...tail.subarray(index * (12 - cut) * VOCAB, (index + 1) * (12 - cut) * VOCAB)];
          expect(apart(Float32Array.from(got), await whole(input, decoder)), `row ${index}`).toBeLessThanOrEqual(TOLERANCE.wasm);
        }
      }),
      { numRuns: 10, seed: 5 },
    );
  });
});

async function read(tensor: Tensor<"float32">): Promise<Float32Array> {
  return tensor.data();
}

function apart(got: Float32Array, wanted: Float32Array): number {
  expect(got).toHaveLength(wanted.length);
  return largestDifference(got, wanted).relative;
}
