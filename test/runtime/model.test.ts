import { DeviceError, InputError, T5Gemma2ForConditionalGeneration, Tensor } from "t5gemma2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { largestDifference } from "../support/compare.ts";
import { devices, readFixtureJson } from "../support/files.ts";

/** Sums of the same numbers in another order: a few units in the last place of the largest. */
const ROUNDING = 1e-5;

interface Case {
  image: string | null;
  input_ids: number[];
  output_ids: number[];
}

describe.each(devices)("a model on %s", (device) => {
  let model: T5Gemma2ForConditionalGeneration;
  let cases: Case[];

  beforeAll(async () => {
    const expected = await readFixtureJson<{ cases: Case[] }>("models/reader/expected.json");
    cases = expected.cases.filter(({ image }) => image === null);
    model = await T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { device });
  });
  afterAll(() => model?.dispose());

  it("says where it computes, and how it keeps its weights, and why", () => {
    expect(model).toMatchObject({ device, dtype: "bf16", deviceReason: expect.stringContaining("asked for"), dtypeReason: expect.stringContaining("bfloat16") });
  });

  it("answers the same with weights widened to f32", async () => {
    const wide = await T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { device, dtype: "f32" });
    const inputIds = [cases[0]!.input_ids];
    const [narrowly, widely] = await Promise.all([model, wide].map((each) => each.forward({ inputIds, decoderInputIds: [[2, 500]] })));
    const difference = largestDifference(await narrowly!.logits.data(), await widely!.logits.data());
    expect(difference.relative).toBeLessThan(ROUNDING);
    wide.dispose();
  });

  it("reuses what the encoder made", async () => {
    const { input_ids, output_ids } = cases[0]!;
    const encoderOutputs = await model.encode({ inputIds: [input_ids] });
    expect(encoderOutputs.dims).toEqual([1, input_ids.length, 128]);
    for (let time = 0; time < 2; time++) expect((await model.generate({ encoderOutputs })).sequences).toEqual([output_ids]);
    const state = await encoderOutputs.lastHiddenState();
    const { encoderLastHiddenState } = await model.forward({ encoderOutputs, decoderInputIds: [[2]], logitsToKeep: 1 });
    expect(await state.data()).toEqual(await encoderLastHiddenState.data());
    // The same inputs may come along, others may not.
    expect((await model.generate({ inputIds: [input_ids], encoderOutputs })).sequences).toEqual([output_ids]);
    await expect(model.generate({ inputIds: [input_ids.map((id, index) => (index === 3 ? 9 : id))], encoderOutputs })).rejects.toMatchObject({ code: "InputError", details: { argument: "inputIds" } });
    encoderOutputs.dispose();
    encoderOutputs.dispose();
    expect(encoderOutputs.disposed).toBe(true);
    await expect(model.generate({ encoderOutputs })).rejects.toThrow(/disposed/);
  });

  it("keeps generations apart that are under way at once", async () => {
    const some = cases.slice(0, 5);
    const results = await Promise.all(some.map(({ input_ids }) => model.generate({ inputIds: [input_ids] })));
    expect(results.map(({ sequences }) => sequences[0])).toEqual(some.map(({ output_ids }) => output_ids));
  });

  it("generates while a stream is being read", async () => {
    const [one, other] = [cases[0]!, cases[1]!];
    const tokens: number[] = [];
    for await (const { tokenId } of model.stream({ inputIds: [one.input_ids] })) {
      tokens.push(tokenId);
      expect((await model.generate({ inputIds: [other.input_ids] })).sequences).toEqual([other.output_ids]);
    }
    expect([2, ...tokens]).toEqual(one.output_ids);
  });

  it("heeds the limits, the end tokens and the decoder's prompt", async () => {
    const { input_ids, output_ids } = cases[0]!;
    const inputIds = [input_ids];
    const short = await model.generate({ inputIds, maxNewTokens: 2 });
    expect(short).toMatchObject({ sequences: [output_ids.slice(0, 3)], finishReasons: ["length"], stats: { tokens: 2, inputTokens: input_ids.length } });
    expect((await model.generate({ inputIds, maxLength: 2 })).sequences[0]).toHaveLength(2);
    const early = await model.generate({ inputIds, eosTokenId: [1, output_ids[2]!] });
    expect(early).toMatchObject({ sequences: [output_ids.slice(0, 3)], finishReasons: ["stop"] });
    const endless = await model.generate({ inputIds, eosTokenId: null, maxNewTokens: 12 });
    expect(endless).toMatchObject({ finishReasons: ["length"] });
    expect(endless.sequences[0]).toHaveLength(13);
    const long = await model.generate({ inputIds, minNewTokens: 9, maxNewTokens: 12 });
    expect(long.sequences[0]!.slice(0, 10)).not.toContain(1);
    const begun = await model.generate({ inputIds, decoderInputIds: [output_ids.slice(1, 3)] });
    expect(begun.sequences).toEqual([output_ids]);
  });

  it("pads rows that end early", async () => {
    const rows = [cases[0]!, cases[1]!];
    const width = Math.max(...rows.map(({ input_ids }) => input_ids.length));
    const inputIds = rows.map(({ input_ids }) => [...Array<number>(width - input_ids.length).fill(0), ...input_ids]);
    const { sequences, finishReasons } = await model.generate({ inputIds });
    const length = Math.max(...rows.map(({ output_ids }) => output_ids.length));
    expect(sequences).toEqual(rows.map(({ output_ids }) => [...output_ids, ...Array<number>(length - output_ids.length).fill(0)]));
    expect(finishReasons).toEqual(["stop", "stop"]);
  });

  it("hands tokens to a streamer", async () => {
    const { input_ids, output_ids } = cases[0]!;
    const put: number[][][] = [];
    let ends = 0;
    await model.generate({ inputIds: [input_ids], streamer: { put: (added) => void put.push(added.map((row) => [...row])), end: () => void ends++ } });
    expect(put.map(([row]) => row)).toEqual(output_ids.map((id) => [id]));
    expect(ends).toBe(1);
  });

  it("stops when told to, with what there is", async () => {
    const { input_ids, output_ids } = cases[0]!;
    const abort = new AbortController();
    const result = await model.generate({
      inputIds: [input_ids],
      signal: abort.signal,
      streamer: { put: (added) => (added[0]![0] === output_ids[2] ? abort.abort() : undefined), end: () => undefined },
    });
    expect(result).toMatchObject({ sequences: [output_ids.slice(0, 3)], finishReasons: ["abort"] });
    await expect(model.generate({ inputIds: [input_ids], signal: abort.signal })).rejects.toMatchObject({ name: "AbortError" });
    const reason = new Error("mine");
    await expect(model.stream({ inputIds: [input_ids], signal: AbortSignal.abort(reason) }).next()).rejects.toBe(reason);
    // Leaving a stream ends it; the model goes on.
    for await (const { tokenId } of model.stream({ inputIds: [input_ids] })) {
      expect(tokenId).toBe(output_ids[1]);
      break;
    }
    expect((await model.generate({ inputIds: [input_ids] })).sequences).toEqual([output_ids]);
  });

  const pixels = (count: number, size = 84): Tensor<"float32"> => new Tensor("float32", new Float32Array(count * 3 * size * size), [count, 3, size, size]);
  it.each<[string, RegExp, () => Promise<unknown>]>([
    ["an id outside of the vocabulary", /inputIds\[1\]\[2\].* 576/, () => model.generate({ inputIds: [[2, 5, 6], [2, 5, 576]] })],
    ["a negative id", /inputIds\[0\]\[0\].* -1/, () => model.forward({ inputIds: [[-1]], decoderInputIds: [[2]] })],
    ["a ragged batch", /inputIds\[1\] has 2 values.* 3/, () => model.encode({ inputIds: [[2, 5, 6], [2, 5]] })],
    ["an empty batch", /inputIds/, () => model.encode({ inputIds: [] })],
    ["empty rows", /inputIds/, () => model.encode({ inputIds: [[]] })],
    ["a mask of another shape", /attentionMask: .*\[1, 2\].*\[1, 3\]/, () => model.encode({ inputIds: [[2, 5, 6]], attentionMask: [[1, 1]] })],
    ["a mask of other numbers", /attentionMask\[0\]\[1\] is 2/, () => model.encode({ inputIds: [[2, 5]], attentionMask: [[1, 2]] })],
    ["fewer image tokens than pictures", /pixelValues: 2 pictures fill 18 image tokens.* 9/, () => model.encode({ inputIds: [[2, ...Array<number>(9).fill(575)]], pixelValues: pixels(2) })],
    ["more image tokens than pictures", /pixelValues: 1 pictures fill 9 image tokens.* 10/, () => model.encode({ inputIds: [[2, ...Array<number>(10).fill(575)]], pixelValues: pixels(1) })],
    ["pictures of another size", /pixelValues: .*\[count, 3, 84, 84\].*\[1, 3, 42, 42\]/, () => model.encode({ inputIds: [[2]], pixelValues: pixels(1, 42) })],
    ["no input", /inputIds/, () => model.generate({ attentionMask: [[1, 1]] })],
    ["no decoder input", /decoderInputIds/, () => model.forward({ inputIds: [[2]] })],
    ["a decoder input of other rows", /decoderInputIds: have 2 rows/, () => model.forward({ inputIds: [[2]], decoderInputIds: [[2], [2]] })],
    ["an unknown option", /"maxNewTokns"/, () => model.generate({ inputIds: [[2]], maxNewTokns: 3 } as object)],
    ["an option that can't be had", /^numBeamGroups: /, () => model.generate({ inputIds: [[2]], numBeamGroups: 2 } as object)],
    ["embeddings of another width", /inputsEmbeds/, () => model.forward({ inputsEmbeds: [[[0]]], decoderInputIds: [[2]] } as object)],
    ["a batch to stream", /one row, not 2/, () => model.stream({ inputIds: [[2], [2]] }).next()],
    ["encoder outputs of another model", /another model/, async () => {
      const other = await T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { device });
      const encoderOutputs = await other.encode({ inputIds: [[2, 5]] });
      try {
        return await model.generate({ encoderOutputs });
      } finally {
        encoderOutputs.dispose();
        other.dispose();
      }
    }],
  ])("refuses %s, and goes on", async (_, message, attempt) => {
    const error = await attempt().then(() => undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toMatch(message);
    const { input_ids, output_ids } = cases[0]!;
    expect((await model.generate({ inputIds: [input_ids] })).sequences).toEqual([output_ids]);
  });

  it("refuses everything once it is disposed, and twice is once", async () => {
    const own = await T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { device });
    own.dispose();
    own.dispose();
    expect(own.disposed).toBe(true);
    await expect(own.generate({ inputIds: [[2]] })).rejects.toThrow(/disposed/);
    await expect(own.encode({ inputIds: [[2]] })).rejects.not.toBeInstanceOf(DeviceError);
  });
});
