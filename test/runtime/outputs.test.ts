import {
  EncoderDecoderCache,
  type EncoderOutputs,
  T5Gemma2Encoder,
  T5Gemma2ForConditionalGeneration,
  T5Gemma2Model,
  type T5Gemma2PreTrainedModel,
  Tensor,
} from "t5gemma2";
import { describe, expect, it } from "vitest";
import { type Answers, camelCase, distance, readAnswers, TOLERANCE, type Written } from "../support/answers.ts";
import { devices, fixtureSource } from "../support/files.ts";

interface Step {
  inputs: Record<string, Written>;
  outputs?: Record<string, Written>;
  error?: { type: string; message: string };
  cache?: { sequence_length: number; self_keys: number[][]; encoder_keys: number[][] };
}

interface Case {
  name: string;
  checkpoint: string;
  kind: keyof typeof CLASSES;
  steps: Step[];
}

const CLASSES = { generation: T5Gemma2ForConditionalGeneration, base: T5Gemma2Model, encoder: T5Gemma2Encoder } as const;

/** On a software adapter one case of each kind does. */
const FEW = ["all-decoder-left-padding", "cache-long-short", "embeds-both", "encoder-outputs", "keep-by-row", "loss-inputs-ignored", "all-encoder", "all-base", "mask-both-4d"];

describe.each(devices)("on %s", (device) => {
  it("forward takes every input and gives every output as the oracle", async () => {
    const answers = await readAnswers<Case>("test/fixtures/outputs/forward");
    const models = new Map<string, T5Gemma2PreTrainedModel>();
    let compared = 0;
    for (const { name, checkpoint, kind, steps } of answers.cases) {
      if (device === "webgpu" && !FEW.includes(name)) continue;
      const key = `${kind} ${checkpoint}`;
      const model = models.get(key) ?? (await CLASSES[kind].fromPretrained(fixtureSource(`test/fixtures/checkpoints/${checkpoint}`), { device, dtype: "f32", cache: false }));
      models.set(key, model);
      compared += await compareSteps(answers, model, name, steps, TOLERANCE[device]);
    }
    models.forEach((model) => model.dispose());
    expect(compared).toBeGreaterThan(device === "webgpu" ? 41 : 180);
  });
});

async function compareSteps(answers: Answers<Case>, model: T5Gemma2PreTrainedModel, name: string, steps: readonly Step[], tolerance: number): Promise<number> {
  const forward = (inputs: object): Promise<Record<string, unknown>> => (model as unknown as { forward(inputs: object): Promise<Record<string, unknown>> }).forward(inputs);
  let past: EncoderDecoderCache | undefined;
  let states: Tensor<"float32"> | undefined;
  let compared = 0;
  for (const [number, { inputs, outputs, error, cache }] of steps.entries()) {
    const at = `${name}[${number}]`;
    const given = answers.given(inputs);
    if ("encoderOutputs" in given) given["encoderOutputs"] = { lastHiddenState: given["encoderOutputs"] };
    if (number > 0) Object.assign(given, { pastKeyValues: past, encoderOutputs: { lastHiddenState: states } });
    if (error !== undefined) {
      await expect(forward(given), at).rejects.toMatchObject({ code: "InputError" });
      return compared;
    }
    const got = await forward(given);
    past = got["pastKeyValues"] as EncoderDecoderCache | undefined;
    states ??= got["encoderLastHiddenState"] as Tensor<"float32"> | undefined;
    // A mask of pairs leaves every row its meaning.
    const isRows = Array.isArray(inputs["attention_mask"]) && !Array.isArray((inputs["attention_mask"] as unknown[][])[0]![0]);
    const mask = isRows ? (inputs["attention_mask"] as number[][]) : undefined;
    for (const [key, wanted] of Object.entries(outputs!)) {
      compared += await compareOutput(answers, `${at}: ${key}`, got[camelCase(key)], wanted, ofEncoder(key, given) ? mask : undefined, tolerance);
    }
    if (cache !== undefined) {
      expect(past, at).toMatchObject({ length: cache.sequence_length, layers: cache.self_keys.length });
      const shapes = await Promise.all(cache.self_keys.map(async (_, layer) => (await past!.selfAttention(layer)).keys.dims));
      expect(shapes, at).toEqual(cache.self_keys);
      expect((await past!.crossAttention(0)).values.dims, at).toEqual(cache.encoder_keys[0]);
    }
    if (inputs["use_cache"] === false) expect(got, at).not.toHaveProperty("pastKeyValues");
  }
  past?.dispose();
  return compared;
}

const ofEncoder = (key: string, given: Record<string, unknown>): boolean =>
  key.startsWith("encoder_") || !["decoderInputIds", "decoderInputsEmbeds", "labels"].some((name) => name in given);

async function compareOutput(answers: Answers<Case>, at: string, got: unknown, wanted: Written, mask: number[][] | undefined, tolerance: number): Promise<number> {
  if (wanted === "nan") expect(got, at).toBeNaN();
  else if (typeof wanted === "number") expect(Math.abs((got as number) - wanted), at).toBeLessThanOrEqual(tolerance * Math.max(1, wanted));
  if (wanted === "nan" || typeof wanted === "number") return 1;
  const [tensors, theirs] = (Array.isArray(wanted) ? [got, wanted] : [[got], [wanted]]) as [Tensor[], Written[]];
  expect(tensors?.length, at).toBe(theirs.length);
  for (const [index, tensor] of tensors.entries()) {
    const expected = answers.tensor(theirs[index]);
    // Rows are [batch, length] or [batch, heads, length].
    const heads = expected.dims.length === 4 ? (expected.dims[1] as number) : 1;
    const counts = (row: number): boolean => {
      const length = mask![0]!.length;
      return mask![Math.floor(row / (heads * length))]![row % length] !== 0;
    };
    expect(await distance(tensor, expected, mask && counts), `${at}[${index}]`).toBeLessThanOrEqual(tolerance);
  }
  return theirs.length;
}

describe("a cache", () => {
  const source = fixtureSource("test/fixtures/checkpoints/inputs");
  const load = (): Promise<T5Gemma2ForConditionalGeneration> => T5Gemma2ForConditionalGeneration.fromPretrained(source, { device: "wasm", cache: false });
  const inputIds = [[2, 5, 6, 7, 8]];

  it("goes on where it was, and a copy apart from it", async () => {
    using model = await load();
    const whole = await model.forward({ inputIds, decoderInputIds: [[2, 9, 10, 11]], logitsToKeep: 1, useCache: false });
    const { pastKeyValues } = await model.forward({ inputIds, decoderInputIds: [[2, 9]] });
    const copy = pastKeyValues!.copy();
    const other = await model.forward({ pastKeyValues: copy, decoderInputIds: [[30, 31, 32]] });
    expect(other.pastKeyValues).toBe(copy);
    expect([pastKeyValues!.length, copy.length]).toEqual([2, 5]);
    const later = await model.forward({ pastKeyValues, decoderInputIds: [[10, 11]], cachePosition: [2, 3], logitsToKeep: 1 });
    expect(await distance(later.logits, whole.logits)).toBeLessThanOrEqual(TOLERANCE.wasm);
    expect(await distance(later.encoderLastHiddenState, whole.encoderLastHiddenState)).toBe(0);
    copy.dispose();
    copy.dispose();
    await expect(model.forward({ pastKeyValues: copy, decoderInputIds: [[3]] })).rejects.toThrow(/pastKeyValues: were disposed/);
    expect(() => copy.length).toThrow(/disposed/);
  });

  it.each<[string, RegExp, (model: T5Gemma2ForConditionalGeneration, past: EncoderDecoderCache) => object]>([
    ["other rows", /decoderInputIds: have 2 rows, but pastKeyValues have 1/, (_, pastKeyValues) => ({ pastKeyValues, decoderInputIds: [[3], [4]] })],
    ["another place", /cachePosition: must be the 1 positions from 2 on/, (_, pastKeyValues) => ({ pastKeyValues, decoderInputIds: [[3]], cachePosition: [0] })],
    ["another encoder output", /pastKeyValues: began with 5 encoder tokens, but there are 2/, (_, pastKeyValues) => ({ pastKeyValues, inputIds: [[2, 3]], decoderInputIds: [[3]] })],
    ["a longer mask", /decoderAttentionMask: has the shape \[1, 4\].* \[1, 3\]/, (_, pastKeyValues) => ({ pastKeyValues, decoderInputIds: [[3]], decoderAttentionMask: [[1, 1, 1, 1]] })],
    ["what is no cache", /pastKeyValues: must come from an earlier call/, () => ({ pastKeyValues: {}, inputIds, decoderInputIds: [[3]] })],
    ["an id outside of the vocabulary", /decoderInputIds\[0\]\[0\] is 999999/, (_, pastKeyValues) => ({ pastKeyValues, decoderInputIds: [[999_999]] })],
  ])("refuses %s, and stays as it was", async (_, message, inputs) => {
    using model = await load();
    const { pastKeyValues } = await model.forward({ inputIds, decoderInputIds: [[2, 9]] });
    await expect(model.forward(inputs(model, pastKeyValues!))).rejects.toMatchObject({ code: "InputError", message: expect.stringMatching(message) });
    expect(pastKeyValues!.length).toBe(2);
  });
});

describe("masks of pairs", () => {
  const seen = (...dims: [number, number, number, number]): Tensor<"int32"> => new Tensor("int32", Array.from({ length: dims[0] * dims[1] * dims[2] * dims[3] }, () => 1), dims);
  const given = { inputIds: [[2, 5, 6]], decoderInputIds: [[2, 9]] };

  it("are the same as marks, whole numbers and numbers to add, for a row, head or batch of one", async () => {
    using model = await T5Gemma2ForConditionalGeneration.fromPretrained(fixtureSource("test/fixtures/checkpoints/inputs"), { device: "wasm", cache: false });
    const plain = await model.forward(given);
    const causal = [[[[true, false], [true, true]]]];
    const heads = model.config.decoder.numAttentionHeads;
    const added = Float32Array.from({ length: heads * 4 }, (_, index) => (index % 4 === 1 ? -Infinity : 0));
    for (const decoderAttentionMask of [causal, new Tensor("int32", [1, 0, 1, 1], [1, 1, 2, 2]), new Tensor("float32", added, [1, heads, 2, 2]), { fullAttention: causal, slidingAttention: causal }]) {
      const { logits } = await model.forward({ ...given, decoderAttentionMask });
      expect(await distance(logits, plain.logits)).toBeLessThanOrEqual(1e-6);
    }
    // What is added counts: half a hidden key is no hidden key.
    const half = await model.forward({ ...given, decoderAttentionMask: new Tensor("float32", [0, -Infinity, -1, 0], [1, 1, 2, 2]) });
    expect(await distance(half.logits, plain.logits)).toBeGreaterThan(1e-4);
  });

  it.each<[string, RegExp, object]>([
    ["another number of queries", /^decoderAttentionMask: has 6 values for a shape of \[1, 1, 3, 2\]; \[1 or 1, \d or 1, 2, 2\] is needed/, { decoderAttentionMask: seen(1, 1, 3, 2) }],
    ["one for the encoder that the decoder can't have", /^attentionMask: has 9 values/, { attentionMask: seen(1, 1, 3, 3) }],
    ["other marks", /^decoderAttentionMask: holds 2; marks are/, { decoderAttentionMask: [[[[1, 2], [1, 1]]]] }],
    ["rows of several lengths", /^decoderAttentionMask: has rows of several lengths/, { decoderAttentionMask: [[[[true, true], [true]]]] }],
    ["an unknown layer", /^decoderAttentionMask: has full_attention; masks by layer are/, { decoderAttentionMask: { full_attention: seen(1, 1, 2, 2) } }],
    ["a layer too few", /^decoderAttentionMask: has no slidingAttention/, { decoderAttentionMask: { fullAttention: seen(1, 1, 2, 2) } }],
    ["infinity", /^decoderAttentionMask: must not hold NaN or infinity/, { decoderAttentionMask: new Tensor("float32", [0, 0, Infinity, 0], [1, 1, 2, 2]) }],
  ])("are refused: %s", async (_, message, inputs) => {
    using model = await T5Gemma2ForConditionalGeneration.fromPretrained(fixtureSource("test/fixtures/checkpoints/inputs"), { device: "wasm", cache: false });
    await expect(model.forward({ ...given, ...inputs })).rejects.toMatchObject({ code: "InputError", message: expect.stringMatching(message) });
  });

  it("are refused by generate, as by the oracle", async () => {
    using model = await T5Gemma2ForConditionalGeneration.fromPretrained(fixtureSource("test/fixtures/checkpoints/inputs"), { device: "wasm", cache: false });
    await expect(model.generate({ inputIds: given.inputIds, attentionMask: seen(1, 1, 1, 3) as never })).rejects.toThrow(/^attentionMask: must have the dims \[batch, length\] in generate/);
  });
});

describe("the encoder alone", () => {
  it("reads and keeps no weight of the decoder", async () => {
    const source = fixtureSource("test/fixtures/checkpoints/bf16");
    using encoder = await T5Gemma2Encoder.fromPretrained(source, { device: "wasm", cache: false });
    using whole = await T5Gemma2Model.fromPretrained(source, { device: "wasm", cache: false });
    expect(encoder.weightBytes).toBeGreaterThan(0);
    expect(encoder.weightBytes).toBeLessThan(0.75 * whole.weightBytes);
    const inputs = { inputIds: [[2, 5, 6]] };
    const [alone, { encoderLastHiddenState }] = [await encoder.forward(inputs), await whole.forward({ ...inputs, decoderInputIds: [[2]] })];
    expect(await distance(alone.lastHiddenState, encoderLastHiddenState)).toBe(0);
  });
});

describe("encoder outputs", () => {
  it("keep what was asked for, and take another mask", async () => {
    using model = await T5Gemma2ForConditionalGeneration.fromPretrained(fixtureSource("test/fixtures/checkpoints/inputs"), { device: "wasm", cache: false });
    const inputs = { inputIds: [[2, 5, 6, 7]] };
    using encoded: EncoderOutputs = await model.encode({ ...inputs, outputHiddenStates: true });
    expect(await encoded.attentions()).toBeUndefined();
    expect((await encoded.hiddenStates())!.at(-1)!.tolist()).toEqual((await encoded.lastHiddenState()).tolist());
    const attentionMask = [[1, 1, 0, 0]];
    const given = { decoderInputIds: [[2, 9]] };
    const masked = await model.forward({ ...given, encoderOutputs: encoded, attentionMask });
    const plain = await model.forward({ ...given, encoderOutputs: { lastHiddenState: await encoded.lastHiddenState(), attentionMask } });
    const unmasked = await model.forward({ ...given, encoderOutputs: encoded });
    expect(await distance(masked.logits, plain.logits)).toBe(0);
    expect(await distance(masked.logits, unmasked.logits)).toBeGreaterThan(0.001);
    const [states, embeddings] = [await encoded.lastHiddenState(), (await encoded.hiddenStates())![0]!];
    const options = { maxNewTokens: 6, minNewTokens: 6 };
    const { sequences } = await model.generate({ ...inputs, ...options });
    expect((await model.generate({ encoderOutputs: { lastHiddenState: states }, ...options })).sequences).toEqual(sequences);
    expect((await model.generate({ inputsEmbeds: embeddings, ...options })).sequences).toEqual(sequences);
  });
});
