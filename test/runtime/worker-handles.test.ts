import * as home from "t5gemma2";
import { createWorker, EncoderDecoderCache, EncoderOutputs, type InWorker, type ModelWorker, T5Gemma2ForConditionalGeneration, Tensor, TextStreamer } from "t5gemma2/worker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fixtureSource } from "../support/files.ts";

const SOURCE = fixtureSource("test/fixtures/checkpoints/generation");
const WASM = { device: "wasm", dtype: "f32", cache: false } as const;
const input = { inputIds: [[2, 17, 40, 9, 33, 5, 101, 64]] };

describe("what stays in a worker", () => {
  let model: T5Gemma2ForConditionalGeneration;
  let atHome: home.T5Gemma2ForConditionalGeneration;

  beforeAll(async () => {
    model = await T5Gemma2ForConditionalGeneration.fromPretrained(SOURCE, WASM);
    atHome = await home.T5Gemma2ForConditionalGeneration.fromPretrained(SOURCE, WASM);
  });
  afterAll(() => {
    model?.dispose();
    atHome?.dispose();
  });

  const numbers = async (tensor: Tensor<"float32">): Promise<number[]> => [...(await tensor.data())];
  const decode = async (past: EncoderDecoderCache | undefined, ids: number[]): Promise<{ logits: number[]; cache: EncoderDecoderCache }> => {
    const { logits, pastKeyValues } = await model.forward({ ...(past === undefined ? input : { pastKeyValues: past }), decoderInputIds: [ids], useCache: true });
    return { logits: await numbers(logits), cache: pastKeyValues! };
  };

  it("encoder outputs serve any number of calls, until they are disposed", async () => {
    const encoderOutputs = await model.encode({ ...input, outputHiddenStates: true, outputAttentions: true });
    const { sequences } = await atHome.generate({ ...input, maxNewTokens: 4 });
    expect([encoderOutputs instanceof EncoderOutputs, encoderOutputs instanceof EncoderDecoderCache, encoderOutputs.disposed]).toEqual([true, false, false]);
    for (const inputs of [{ encoderOutputs }, { ...input, encoderOutputs }]) expect((await model.generate({ ...inputs, maxNewTokens: 4 })).sequences).toEqual(sequences);
    const wanted = await atHome.encode({ ...input, outputHiddenStates: true, outputAttentions: true });
    expect(encoderOutputs.dims).toEqual(wanted.dims);
    expect(await numbers(await encoderOutputs.lastHiddenState())).toEqual(await numbers(await wanted.lastHiddenState()));
    for (const [ours, theirs] of [[await encoderOutputs.hiddenStates(), await wanted.hiddenStates()], [await encoderOutputs.attentions(), await wanted.attentions()]]) {
      expect(await Promise.all(ours!.map(numbers))).toEqual(await Promise.all(theirs!.map(numbers)));
    }
    await expect(model.generate({ inputIds: [[2, 3]], encoderOutputs })).rejects.toThrow(/^inputIds: are not those/);
    encoderOutputs.dispose();
    encoderOutputs.dispose();
    expect(encoderOutputs.disposed).toBe(true);
    await expect(encoderOutputs.lastHiddenState()).rejects.toMatchObject({ code: "InputError", message: "encoderOutputs: were disposed" });
    await expect(model.generate({ encoderOutputs })).rejects.toMatchObject({ code: "InputError", message: "encoderOutputs: were disposed" });
  });

  it("plain states may take their place, and stay with the caller", async () => {
    using encoderOutputs = await model.encode(input);
    const lastHiddenState = await encoderOutputs.lastHiddenState();
    const plain = await model.generate({ encoderOutputs: { lastHiddenState }, maxNewTokens: 4 });
    expect(plain.sequences).toEqual((await model.generate({ encoderOutputs, maxNewTokens: 4 })).sequences);
    expect([lastHiddenState.disposed, lastHiddenState.size, (await lastHiddenState.data()).length]).toEqual([false, 8 * 32, 8 * 32]);
  });

  it("caches go on, are the same object, tell their length, and can be copied", async () => {
    const whole = await decode(undefined, [2, 5, 9, 7, 44]);
    const vocab = whole.logits.length / 5;
    const first = await decode(undefined, [2, 5]);
    const { cache } = first;
    expect(cache).toBeInstanceOf(EncoderDecoderCache);
    expect([cache.length, cache.batch, cache.encoderLength, cache.layers]).toEqual([2, 1, 8, model.config.decoder.numHiddenLayers]);
    const other = await cache.copy();
    const second = await decode(cache, [9, 7, 44]);
    expect(second.cache).toBe(cache);
    expect([cache.length, other.length]).toEqual([5, 2]);
    for (const [index, logit] of [...first.logits, ...second.logits].entries()) expect(Math.abs(logit - whole.logits[index]!)).toBeLessThan(1e-4);
    expect((await decode(other, [9, 7, 44])).logits).toEqual(second.logits);
    expect(second.logits).toHaveLength(3 * vocab);
    const read = async (kept: home.EncoderDecoderCache | EncoderDecoderCache) => {
      const { keys, values } = await kept.selfAttention(1);
      return [keys.dims, await numbers(keys), await numbers((await kept.crossAttention(0)).values), values.dims];
    };
    const { pastKeyValues } = await atHome.forward({ ...input, decoderInputIds: [[2, 5]], useCache: true });
    await atHome.forward({ pastKeyValues: pastKeyValues!, decoderInputIds: [[9, 7, 44]], useCache: true });
    expect(await read(cache)).toEqual(await read(pastKeyValues!));
    await other.crop(-2);
    expect([other.length, cache.length]).toEqual([3, 5]);
    await other.batchRepeatInterleave(2);
    expect([other.batch, other.length]).toEqual([2, 3]);
    await expect(other.crop(0.5)).rejects.toMatchObject({ code: "InputError" });
    await expect(cache.selfAttention(99)).rejects.toMatchObject({ code: "InputError", details: { argument: "layer" } });
    cache.dispose();
    expect([cache.disposed, other.disposed, whole.cache.disposed]).toEqual([true, false, false]);
    await expect(model.forward({ pastKeyValues: cache, decoderInputIds: [[1]] })).rejects.toMatchObject({ code: "InputError", message: "pastKeyValues: were disposed" });
    expect(() => cache.length).toThrow("pastKeyValues: were disposed");
    other.dispose();
    whole.cache.dispose();
  });

  it("caches go on in generate, which gives them back", async () => {
    const answers = [];
    for (const each of [model, atHome] as T5Gemma2ForConditionalGeneration[]) {
      const begun = await each.forward({ ...input, decoderInputIds: [[2, 5]], useCache: true });
      const pastKeyValues = begun.pastKeyValues!;
      const result = await each.generate({ pastKeyValues, decoderInputIds: [[2, 5, 9]], maxNewTokens: 4 });
      answers.push([result.sequences, result.pastKeyValues === pastKeyValues, pastKeyValues.length]);
      pastKeyValues.dispose();
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]![1]).toBe(true);
  });

  it("tensors are copied on the way there, and moved on the way back", async () => {
    const inputIds = new Tensor("int32", input.inputIds[0]!, [1, 8]);
    const { logits } = await model.forward({ inputIds, decoderInputIds: new Tensor("int32", [2, 5], [1, 2]), useCache: false });
    expect([logits instanceof Tensor, logits instanceof home.Tensor, logits.dims]).toEqual([true, true, [1, 2, 208]]);
    expect(inputIds.tolist()).toEqual(input.inputIds);
    using pooled = home.poolStates(await (await model.encode({ inputIds })).lastHiddenState(), "mean");
    expect(pooled.dims).toEqual([1, 32]);
    inputIds.dispose();
    await expect(model.forward({ inputIds, decoderInputIds: [[2]] })).rejects.toMatchObject({ code: "InputError", message: expect.stringContaining("after dispose()") });
  });

  it("belongs to its worker: what is of another one, or of this thread, is refused by name", async () => {
    using second = createWorker();
    const elsewhere = await second.T5Gemma2ForConditionalGeneration.fromPretrained(SOURCE, WASM);
    const encoderOutputs = await elsewhere.encode(input);
    await expect(model.generate({ encoderOutputs })).rejects.toMatchObject({ code: "InputError", message: expect.stringMatching(/^encoderOutputs: .* another worker/) });
    const foreign = (await atHome.encode(input)) as unknown as EncoderOutputs;
    await expect(model.generate({ encoderOutputs: foreign })).rejects.toMatchObject({ code: "InputError", message: expect.stringMatching(/^encoderOutputs: .* this thread/) });
    const sameWorker = await T5Gemma2ForConditionalGeneration.fromPretrained(SOURCE, WASM);
    const own = await model.encode(input);
    await expect(sameWorker.generate({ encoderOutputs: own })).rejects.toMatchObject({ message: "encoderOutputs: were made by another model" });
    sameWorker.dispose();
  });

  it("has properties that can't be set", () => {
    expect(() => Object.assign(model, { device: "webgpu" })).toThrow(TypeError);
    // At home forward heeds such a change: here it must not look as if it did.
    for (const config of [model.generationConfig, model.config, model.config.decoder, model.config.encoder.textConfig]) {
      expect(() => Object.assign(config, { outputAttentions: true })).toThrow(TypeError);
    }
    expect(() => model.generationConfig.update({ maxNewTokens: 3 })).toThrow(TypeError);
    expect(model.device).toBe("wasm");
  });
});

describe("a pipeline in a worker", () => {
  let worker: ModelWorker;
  beforeAll(() => void (worker = createWorker()));
  afterAll(() => worker?.terminate());

  it("has its model and processor there", async () => {
    const reader = await worker.pipeline("text2text-generation", "builtin:reader", { device: "wasm" });
    const messages = [{ role: "user", content: "Write 427 in words." }];
    const [{ generatedText } = { generatedText: "" }] = await reader(messages);
    expect(generatedText).toBe("four hundred twenty-seven");
    const { processor, model }: { processor: InWorker<home.Processor>; model: InWorker<home.T5Gemma2ForConditionalGeneration> } = reader;
    expect([model instanceof T5Gemma2ForConditionalGeneration, reader.task, reader.device, model.config.decoder.slidingWindow]).toEqual([true, "text2text-generation", "wasm", 8]);
    const inputs = await processor.applyChatTemplate(messages, { tokenize: true, addGenerationPrompt: true });
    // The processor over there knows the words.
    const { sequences, finishReasons } = await model.generate({ ...inputs, tokenizer: processor, stopStrings: "hundred" });
    expect(await processor.batchDecode(sequences, { skipSpecialTokens: true })).toEqual(["four hundred"]);
    expect(finishReasons).toEqual(["stop"]);
    const { tokenizer } = processor;
    expect(await tokenizer.decode(await tokenizer.encode("Write 427"), { skipSpecialTokens: true })).toBe("Write 427");
    expect([tokenizer.padTokenId, tokenizer.length]).toEqual([0, 576]);
    const decoder = await processor.streamDecoder({ skipSpecialTokens: true });
    let text = "";
    for (const id of sequences[0]!) text += await decoder.push(id);
    expect(text + (await decoder.end())).toBe("four hundred");
    let streamed = "";
    const streamer = new TextStreamer(processor, { onText: (piece) => void (streamed += piece), skipPrompt: true, skipSpecialTokens: true });
    await model.generate({ ...inputs, streamer });
    expect(streamed).toBe(generatedText);
    expect(await tokenizer.addTokens(["<own>"])).toBe(1);
    expect([tokenizer.length, await tokenizer.convertTokensToIds("<own>")]).toEqual([577, 576]);
    reader.dispose();
    await expect(reader(messages)).rejects.toMatchObject({ code: "InputError", message: "the model was disposed" });
    expect(model.disposed).toBe(true);
  });
});
