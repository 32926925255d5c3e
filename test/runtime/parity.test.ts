import { T5Gemma2ForConditionalGeneration } from "t5gemma2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { largestDifference } from "../support/compare.ts";
import { devices, fixtureSource, readFixture, readFixtureJson, runtime } from "../support/files.ts";
import { readTensors } from "../support/safetensors.ts";

/** Every small checkpoint that the oracle answered for. */
const checkpoints = [
  "bf16",
  "bias",
  "f16",
  "full-attention",
  "full-heads",
  "generation",
  "grouped",
  "inputs",
  "kept-head",
  "linear-rope",
  "long",
  "long-names",
  "lopsided",
  "multi-query",
  "odd-sizes",
  "old-config",
  "pictures",
  "pictures-odd",
  "sharded",
  "softcap",
  "untied",
];

/** Largest difference over largest magnitude. The oracle differs from itself by 1e-5 (sdpa against eager attention). */
const TOLERANCE = { wasm: 1e-4, webgpu: 1e-3 };

/** A software adapter takes half a second a token: where the length is not the point, the first tokens of one answer do there. */
const FIRST_TOKENS = 8;
const lengthMatters = ["generation", "inputs", "long"];

interface Expected {
  cases: {
    name: string;
    inputs: Record<string, number[][]> & { logits_to_keep?: number };
    generate: { options: Record<string, unknown>; sequences: number[][] }[];
  }[];
}

const camelCase = (fields: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), value]));

it.runIf(runtime === "node")("compares with every checkpoint there is", async () => {
  const { readdir } = await import(/* @vite-ignore */ "node:fs/promises");
  expect((await readdir(fixtureSource("test/fixtures/checkpoints"))).sort()).toEqual(checkpoints);
});

describe.each(devices)("on %s", (device) => {
  describe.each(checkpoints)("%s", (name) => {
    const folder = `test/fixtures/checkpoints/${name}`;
    let model: T5Gemma2ForConditionalGeneration;
    let expected: Expected;
    let tensors: ReturnType<typeof readTensors>;

    beforeAll(async () => {
      expected = await readFixtureJson<Expected>(`${folder}/expected.json`);
      tensors = readTensors(await readFixture(`${folder}/expected.safetensors`));
      model = await T5Gemma2ForConditionalGeneration.fromPretrained(fixtureSource(folder), { device, cache: false });
    });
    afterAll(() => model?.dispose());

    it("equals the oracle's encoder, logits and greedy tokens", async () => {
      expect(model.device).toBe(device);
      for (const { name: label, inputs, generate } of expected.cases) {
        const pixelValues = tensors.get(`${label}.pixel_values`);
        const given = { ...camelCase(inputs), ...(pixelValues && { pixelValues }) };
        const { logits, encoderLastHiddenState } = await model.forward(given);

        const state = tensors.get(`${label}.encoder_last_hidden_state`)!;
        expect(encoderLastHiddenState.dims, label).toEqual(state.dims);
        const mask = inputs["attention_mask"]?.flat();
        const width = state.dims[2]!;
        const encoder = largestDifference(await encoderLastHiddenState.data(), await state.data(), (index) => mask?.[Math.floor(index / width)] !== 0);
        expect(encoder.relative, `${label}: encoder, at ${encoder.at}`).toBeLessThanOrEqual(TOLERANCE[device]);

        const wanted = tensors.get(`${label}.logits`)!;
        expect(logits.dims, label).toEqual(wanted.dims);
        const decoder = largestDifference(await logits.data(), await wanted.data());
        expect(decoder.relative, `${label}: logits, at ${decoder.at}`).toBeLessThanOrEqual(TOLERANCE[device]);

        const { inputIds, attentionMask, positionIds } = camelCase(inputs) as Record<string, number[][] | undefined>;
        const short = device === "webgpu" && !lengthMatters.includes(name);
        if (short && label !== expected.cases[0]!.name) continue;
        for (const { options, sequences } of generate) {
          const limit = short ? { maxNewTokens: FIRST_TOKENS } : {};
          const result = await model.generate({ inputIds, attentionMask, positionIds, pixelValues, ...camelCase(options), ...limit });
          const wanted = short ? sequences.map((row) => row.slice(0, 1 + FIRST_TOKENS)) : sequences;
          expect(result.sequences, `${label}: ${JSON.stringify(options)}`).toEqual(wanted);
        }
      }
    });
  });
});
