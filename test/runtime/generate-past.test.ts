import { type EncoderDecoderCache, InputError, T5Gemma2ForConditionalGeneration } from "t5gemma2";
import { describe, expect, it } from "vitest";
import { devices, readFixtureJson } from "../support/files.ts";
import { camelCase, sourceOf } from "../support/generations.ts";

/** One call of a case; see scripts/fixtures/outputs_generate_past.py. */
interface Call {
  options?: Record<string, unknown>;
  inputs?: Record<string, number[][]>;
  /** Tokens that go behind the last answer, which is then the prompt, `masked` with ones or without a mask. */
  more?: number[][];
  masked?: boolean;
  crop?: number;
  repeats?: number;
  forward?: true;
}

interface Case {
  name: string;
  checkpoint: string;
  inputs: Record<string, number[][]>;
  calls: Call[];
  answers?: ({ sequences: number[][]; length: number } | null)[] | undefined;
  self_keys?: number[][];
  error?: object;
}

const file = "test/fixtures/outputs/generate-past.json";
/** On a software adapter one does. */
const FEW = ["repeated-to-beams"];

type Model = T5Gemma2ForConditionalGeneration;

async function run(model: Model, { name, inputs, calls, answers }: Case): Promise<EncoderDecoderCache> {
  let past: EncoderDecoderCache | undefined;
  let sequences: number[][] = [];
  for (const [number, call] of calls.entries()) {
    const given: Record<string, unknown> = { ...camelCase(inputs), pastKeyValues: past };
    if (call.more !== undefined) {
      sequences = sequences.map((row, index) => [...row, ...call.more![index]!]);
      given["decoderInputIds"] = sequences;
      if (call.masked === true) given["decoderAttentionMask"] = sequences.map((row) => row.map(() => 1));
    }
    Object.assign(given, camelCase(call.inputs ?? {}));
    if (call.crop !== undefined) past!.crop(call.crop);
    if (call.repeats !== undefined) past!.batchRepeatInterleave(call.repeats);
    if (call.forward === true) {
      past = (await model.forward({ ...given, useCache: true })).pastKeyValues;
      sequences = given["decoderInputIds"] as number[][];
      continue;
    }
    const found = await model.generate({ ...given, ...camelCase(call.options ?? {}), returnDictInGenerate: true });
    if (past !== undefined) expect(found.pastKeyValues, name).toBe(past);
    past = found.pastKeyValues!;
    sequences = found.sequences;
    expect({ sequences, length: past.length }, `${name}[${number}]`).toEqual(answers![number]);
  }
  return past!;
}

describe.each(devices)("generate with pastKeyValues on %s", (device) => {
  it("goes on as the oracle does, whatever made the cache and however the prompt stands to it", async () => {
    const { cases } = await readFixtureJson<{ cases: Case[] }>(file);
    const models = new Map<string, Model>();
    let [continued, refused] = [0, 0];
    for (const each of cases) {
      if (device === "webgpu" && !FEW.includes(each.name)) continue;
      const model = models.get(each.checkpoint) ?? (await T5Gemma2ForConditionalGeneration.fromPretrained(sourceOf(each.checkpoint), { device, dtype: "f32", cache: false }));
      models.set(each.checkpoint, model);
      if (each.error !== undefined) {
        const blank = { ...each, answers: await plainAnswers(model, each) };
        await expect(run(model, blank), each.name).rejects.toBeInstanceOf(InputError);
        refused += 1;
        continue;
      }
      using past = await run(model, each);
      const shapes = await Promise.all(each.self_keys!.map(async (_, layer) => (await past.selfAttention(layer)).keys.dims));
      expect(shapes, each.name).toEqual(each.self_keys);
      continued += 1;
    }
    models.forEach((model) => model.dispose());
    expect([continued, refused]).toEqual(device === "webgpu" ? [FEW.length, 0] : [cases.length - 2, 2]);
  });
});

/** What a refused case's first call answers, which the oracle did not write down. */
async function plainAnswers(model: Model, { inputs, calls }: Case): Promise<Case["answers"]> {
  const { sequences } = await model.generate({ ...camelCase(inputs), ...camelCase(calls[0]!.options!) });
  return [{ sequences, length: sequences[0]!.length - 1 }];
}

describe("a cache in generate", () => {
  const inputIds = [[2, 5, 6, 7, 8]];
  const load = (): Promise<Model> => T5Gemma2ForConditionalGeneration.fromPretrained(sourceOf("inputs"), { device: "wasm", cache: false });

  it("needs no encoder input, streams, and is back where it was left, also after an abort", async () => {
    using model = await load();
    const options = { maxNewTokens: 4, minNewTokens: 4 };
    const whole = await model.generate({ inputIds, maxNewTokens: 8, minNewTokens: 8 });
    const { sequences, pastKeyValues } = await model.generate({ inputIds, ...options, returnDictInGenerate: true });
    const [copy, other] = [pastKeyValues!.copy(), pastKeyValues!.copy()];
    const prompt = { decoderInputIds: sequences, decoderAttentionMask: [[1, 1, 1, 1, 1]] };
    const streamed: number[] = [];
    for await (const { tokenId } of model.stream({ pastKeyValues: copy, ...prompt, ...options })) {
      streamed.push(tokenId);
      expect(() => copy.copy()).toThrow(/being continued/);
    }
    expect([...sequences[0]!, ...streamed]).toEqual(whole.sequences[0]);
    expect([pastKeyValues!.length, copy.length]).toEqual([4, 8]);
    for await (const { tokenId } of model.stream({ pastKeyValues, ...prompt, ...options })) {
      expect(tokenId).toBe(streamed[0]);
      break;
    }
    expect(pastKeyValues!.length).toBe(5);
    const last = await model.generate({ pastKeyValues, decoderInputIds: [whole.sequences[0]!.slice(0, 6)], decoderAttentionMask: [[1, 1, 1, 1, 1, 1]], maxNewTokens: 3, minNewTokens: 3 });
    expect(last.sequences).toEqual(whole.sequences);
    expect(last.pastKeyValues).toBe(pastKeyValues);
    const sampled = { ...prompt, ...options, doSample: true, seed: 4, topK: 0 };
    expect((await model.generate({ pastKeyValues: other, ...sampled })).sequences).toEqual((await model.generate({ inputIds, ...sampled })).sequences);
    expect(await model.generate({ inputIds, ...options })).not.toHaveProperty("pastKeyValues");
  });

  it.each<[string, RegExp, (past: EncoderDecoderCache) => object]>([
    ["too few tokens", /^pastKeyValues: have 3 tokens, and decoderInputIds 2/, () => ({ decoderInputIds: [[2, 9]], decoderAttentionMask: [[1, 1]] })],
    ["a mask of another length", /^decoderAttentionMask: covers 3 tokens; it must cover the 2/, () => ({ decoderInputIds: [[2, 9]], decoderAttentionMask: [[1, 1, 1]] })],
    ["no cache at all", /^pastKeyValues: have no use with useCache: false/, () => ({ useCache: false })],
    ["other rows", /^pastKeyValues: have 1 rows, no multiple of the 2/, () => ({ numBeams: 2 })],
    ["another encoder input", /^pastKeyValues: began with 1 rows of 5 encoder tokens, but there are 1 of 2/, () => ({ inputIds: [[2, 3]] })],
    ["guesses", /promptLookupNumTokens/, () => ({ promptLookupNumTokens: 2 })],
    ["what is no cache", /^pastKeyValues: must come from an earlier call/, () => ({ inputIds, pastKeyValues: {} })],
    ["embeddings", /^decoderInputsEmbeds: transformers refuses/, () => ({ decoderInputsEmbeds: [[[0]]] })],
  ])("refuses %s, and stays as it was", async (_, message, inputs) => {
    using model = await load();
    using past = (await model.forward({ inputIds, decoderInputIds: [[2, 9, 10]] })).pastKeyValues!;
    await expect(model.generate({ pastKeyValues: past, maxNewTokens: 2, ...inputs(past) })).rejects.toMatchObject({ code: "InputError", message: expect.stringMatching(message) });
    expect(past.length).toBe(3);
  });
});

it("a cache gives tokens back while its sliding layers have them, and no others", async () => {
  using model = await T5Gemma2ForConditionalGeneration.fromPretrained(sourceOf("inputs"), { device: "wasm", cache: false });
  using past = (await model.forward({ inputIds: [[2, 5, 6]], decoderInputIds: [[2, 9, 10, 11]] })).pastKeyValues!;
  past.crop(0);
  past.crop(-2);
  expect(past.length).toBe(2);
  const again = await model.forward({ pastKeyValues: past, decoderInputIds: [[10, 11]], logitsToKeep: 1 });
  const whole = await model.forward({ inputIds: [[2, 5, 6]], decoderInputIds: [[2, 9, 10, 11]], logitsToKeep: 1, useCache: false });
  expect(again.logits.tolist()).toEqual(whole.logits.tolist());
  for (const wrong of [1, -5, 0.5]) expect(() => past.crop(wrong)).toThrow(InputError);
  await model.forward({ pastKeyValues: past, decoderInputIds: [[12, 13, 14, 15, 16, 17, 18]] });
  expect(() => past.crop(-5)).toThrow(/cannot give back 5 of its 11 tokens/);
  expect(past.length).toBe(11);
});
