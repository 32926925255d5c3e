import * as home from "t5gemma2";
import * as away from "t5gemma2/worker";
import { describe, expect, expectTypeOf, it } from "vitest";
import { assembled } from "../support/assembled.ts";
import { fixtureSource } from "../support/files.ts";
import { type Api, onBoth } from "../support/two-threads.ts";

const WASM = { device: "wasm", dtype: "f32", cache: false } as const;
const GENERATION = fixtureSource("test/fixtures/checkpoints/generation");
const PICTURES = fixtureSource("test/fixtures/checkpoints/pictures");
const SEQUENCES = fixtureSource("test/fixtures/classification/single-label");
const TOKENS = fixtureSource("test/fixtures/classification/tokens");

const inputs = { inputIds: [[2, 17, 40, 9, 33, 5, 101, 64], [2, 3, 4, 5, 6, 7, 0, 0]], attentionMask: [[1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 0, 0]] };
const every = { ...inputs, decoderInputIds: [[2, 5, 9], [2, 6, 8]], outputHiddenStates: true, outputAttentions: true };

const CHAT = [{ role: "user", content: "Write 427 in words." }];

/** What is done with each class and task. */
const WORK: Readonly<Record<string, (api: Api) => Promise<unknown>>> = {
  T5Gemma2Model: async (api) => {
    using model = await api.T5Gemma2Model.fromPretrained(GENERATION, WASM);
    return await model.forward(every);
  },
  T5Gemma2Encoder: async (api) => {
    using model = await api.T5Gemma2Encoder.fromPretrained(GENERATION, WASM);
    return await model.forward({ ...inputs, outputHiddenStates: true, outputAttentions: true });
  },
  T5Gemma2ForSequenceClassification: async (api) => {
    using model = await api.T5Gemma2ForSequenceClassification.fromPretrained(SEQUENCES, WASM);
    return [model.config.numLabels, model.config.id2label, await model.forward({ ...inputs, labels: [1, 2], outputHiddenStates: true })];
  },
  T5Gemma2ForTokenClassification: async (api) => {
    using model = await api.T5Gemma2ForTokenClassification.fromPretrained(TOKENS, WASM);
    return await model.forward({ ...inputs, labels: [[0, 1, 2, 3, 4, -100, 0, 1], [1, 1, 1, 1, 1, 1, -100, -100]] });
  },
  T5Gemma2ForConditionalGeneration: async (api) => {
    using model = await api.T5Gemma2ForConditionalGeneration.fromPretrained(GENERATION, WASM);
    const { config, generationConfig, device, deviceReason, dtype, dtypeReason, weightBytes, disposed } = model;
    const shown = [config.toJSON(), generationConfig, device, deviceReason, dtype, dtypeReason, weightBytes, disposed];
    return [shown, await model.forward({ ...every, labels: [[5, 9, 1], [6, 8, -100]] })];
  },
  "generate, greedily": async (api) => {
    using model = await api.AutoModelForSeq2SeqLM.fromPretrained(GENERATION, WASM);
    return await model.generate({ ...inputs, maxNewTokens: 4, outputScores: true, outputLogits: true, outputHiddenStates: true, outputAttentions: true, logprobs: 3 });
  },
  "generate with a GenerationConfig, drawing": async (api) => {
    using model = await api.AutoModelForImageTextToText.fromPretrained(GENERATION, WASM);
    const generationConfig = new api.GenerationConfig({ maxNewTokens: 5, doSample: true, temperature: 2, numReturnSequences: 2 });
    return await model.generate({ ...inputs, generationConfig, seed: 11 });
  },
  "generate with beams, and their scores": async (api) => {
    using model = await api.AutoModelForMultimodalLM.fromPretrained(GENERATION, WASM);
    const result = await model.generate({ ...inputs, maxNewTokens: 4, numBeams: 3, numReturnSequences: 2, outputScores: true });
    const { sequences, scores, beamIndices } = result;
    return [result, await model.computeTransitionScores({ sequences, scores: scores!, beamIndices: beamIndices! })];
  },
  "generate with an assistant": async (api) => {
    using model = await api.T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", WASM);
    using assistantModel = await api.T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { ...WASM, dtype: "q8" });
    const { sequences, stats } = await model.generate({ inputIds: [[2, 30, 40, 50]], maxNewTokens: 12, assistantModel, numAssistantTokens: 3 });
    return [sequences, stats.guessedTokens! > 0, stats.guessedTokens, stats.acceptedTokens];
  },
  stream: async (api) => {
    using model = await api.T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", WASM);
    const tokenizer = await api.AutoTokenizer.fromPretrained("builtin:reader");
    const { inputIds } = tokenizer.call("Write 427 in words.", { returnTensors: true });
    const tokens = [];
    for await (const token of model.stream({ inputIds, maxNewTokens: 12, tokenizer })) tokens.push(token);
    return tokens;
  },
  "text pipelines": async (api) => {
    const answers = [];
    for (const task of ["image-text-to-text", "text2text-generation", "summarization", "translation", "translation_en_to_de"] as const) {
      using write = await api.pipeline(task, "builtin:reader", WASM);
      const tokens = [];
      for await (const token of write.stream(CHAT, { maxNewTokens: 3 })) tokens.push(token);
      answers.push(write.task, write.deviceReason, await write(CHAT), await write([CHAT, CHAT], { numBeams: 2, numReturnSequences: 2 }), tokens);
    }
    return answers;
  },
  "pipelines of labels and vectors": async (api) => {
    using texts = await api.pipeline("text-classification", await assembled("single-label", { withTokenizer: true }), WASM);
    using tokens = await api.pipeline("ner", await assembled("tokens", { withTokenizer: true }), WASM);
    using extract = await api.pipeline("feature-extraction", "builtin:reader", WASM);
    const given = ["one two", "six"];
    return [
      await texts(given, { topK: 2 }),
      await texts({ text: "one", textPair: "two" }),
      await tokens(given, { aggregationStrategy: "simple" }),
      await extract(given, { pooling: "mean", normalize: true }),
      [texts.task, tokens.task, extract.task, texts.model.config.numLabels, await texts.tokenizer.encode("one")],
    ];
  },
  "pictures and later weights": async (api) => {
    using model = await api.T5Gemma2ForConditionalGeneration.fromPretrained(PICTURES, WASM);
    const { vision, before } = { vision: model.config.encoder.visionConfig.imageSize as number, before: model.weightBytes };
    const pixelValues = new api.Tensor("float32", Float32Array.from({ length: 3 * vision ** 2 }, (_, index) => Math.sin(index)), [1, 3, vision, vision]);
    const inputIds = [[2, ...Array<number>(model.config.encoder.mmTokensPerImage as number).fill(model.config.imageTokenIndex), 9]];
    using encoderOutputs = await model.encode({ inputIds, pixelValues });
    const { sequences } = await model.generate({ inputIds, pixelValues, encoderOutputs, maxNewTokens: 3 });
    return [sequences, model.weightBytes > before, model.weightBytes, await encoderOutputs.lastHiddenState()];
  },
};

describe("a worker gives bit for bit what the main thread gives:", () => {
  it.each(Object.keys(WORK))("%s", async (name) => {
    const results = await onBoth(WORK[name]!);
    expect(results.away).toEqual(results.home);
  });
});

describe("in a worker", () => {
  it("Auto classes load the class of their task, and instanceof tells it", async () => {
    const cases = [
      ["AutoModel", "T5Gemma2Model", GENERATION],
      ["AutoModelForSeq2SeqLM", "T5Gemma2ForConditionalGeneration", GENERATION],
      ["AutoModelForImageTextToText", "T5Gemma2ForConditionalGeneration", GENERATION],
      ["AutoModelForMultimodalLM", "T5Gemma2ForConditionalGeneration", GENERATION],
      ["AutoModelForSequenceClassification", "T5Gemma2ForSequenceClassification", SEQUENCES],
      ["AutoModelForTokenClassification", "T5Gemma2ForTokenClassification", TOKENS],
    ] as const;
    for (const [auto, name, source] of cases) {
      const model = await away[auto].fromPretrained(source, WASM);
      expect([model instanceof away[name], model instanceof away.T5Gemma2PreTrainedModel, model instanceof away.T5Gemma2Encoder], auto).toEqual([true, true, false]);
      model.dispose();
      expect(model.disposed).toBe(true);
      await expect(model.encode({ inputIds: [[2]] })).rejects.toMatchObject({ code: "InputError", message: "the model was disposed" });
      const other = new File([JSON.stringify({ model_type: "bert" })], "config.json");
      await expect(away[auto].fromPretrained([other], WASM)).rejects.toMatchObject({ code: "ConfigError", details: { field: "model_type" } });
    }
  });

  it("checkDevice runs the kernels there", async () => {
    const { device, passed, kernels } = await away.checkDevice({ device: "wasm", operations: ["linear"] });
    expect([device, passed, kernels.length > 0]).toEqual(["wasm", true, true]);
    await expect(away.checkDevice({ operations: ["none"] })).rejects.toMatchObject({ code: "InputError" });
  });
});

describe("the worker's names", () => {
  it("are those of the package, and createWorker", () => {
    expect(Object.keys(away).sort()).toEqual([...Object.keys(home), "createWorker"].sort());
  });

  it("have the package's signatures, asynchronous where a call crosses", () => {
    type Home = home.T5Gemma2ForConditionalGeneration;
    type Away = away.T5Gemma2ForConditionalGeneration;
    // What stays in the worker takes the place of what would stay here; all else is the same.
    type Kept<T> = Omit<T, "encoderOutputs" | "pastKeyValues" | "tokenizer">;
    expectTypeOf<Kept<Parameters<Away["generate"]>[0]>>().toEqualTypeOf<Kept<Parameters<Home["generate"]>[0]>>();
    expectTypeOf<Omit<Awaited<ReturnType<Away["generate"]>>, "pastKeyValues">>().toEqualTypeOf<Omit<home.GenerateResult, "pastKeyValues">>();
    expectTypeOf<NonNullable<Awaited<ReturnType<Away["generate"]>>["pastKeyValues"]>>().toEqualTypeOf<away.EncoderDecoderCache>();
    expectTypeOf<ReturnType<Away["stream"]>>().toEqualTypeOf<ReturnType<Home["stream"]>>();
    expectTypeOf<Away["computeTransitionScores"]>().toEqualTypeOf<Home["computeTransitionScores"]>();
    expectTypeOf<ReturnType<Away["encode"]>>().resolves.toEqualTypeOf<away.EncoderOutputs>();
    expectTypeOf<NonNullable<Awaited<ReturnType<Away["forward"]>>["pastKeyValues"]>>().toEqualTypeOf<away.EncoderDecoderCache>();
    expectTypeOf<Omit<Awaited<ReturnType<Away["forward"]>>, "pastKeyValues">>().toEqualTypeOf<Omit<home.ForwardOutput, "pastKeyValues">>();
    expectTypeOf<away.EncoderDecoderCache["copy"]>().toEqualTypeOf<() => Promise<away.EncoderDecoderCache>>();
    expectTypeOf<away.EncoderDecoderCache["selfAttention"]>().toEqualTypeOf<home.EncoderDecoderCache["selfAttention"]>();
    expectTypeOf<away.EncoderOutputs["hiddenStates"]>().toEqualTypeOf<home.EncoderOutputs["hiddenStates"]>();
    expectTypeOf<away.EncoderDecoderCache["crop"]>().toEqualTypeOf<(tokensToRemove: number) => Promise<void>>();
    expectTypeOf<Away["dispose"]>().toEqualTypeOf<() => void>();
    expectTypeOf<keyof Away>().toEqualTypeOf<keyof Home>();
    type Reader = away.WorkerPipeline<"image-text-to-text">;
    expectTypeOf<Parameters<Reader>>().toEqualTypeOf<Parameters<home.ImageTextToTextPipeline>>();
    expectTypeOf<ReturnType<Reader>>().toEqualTypeOf<ReturnType<home.ImageTextToTextPipeline>>();
    expectTypeOf<ReturnType<Reader["stream"]>>().toEqualTypeOf<ReturnType<home.ImageTextToTextPipeline["stream"]>>();
    expectTypeOf<ReturnType<Reader["processor"]["process"]>>().toEqualTypeOf<ReturnType<home.Processor["process"]>>();
    expectTypeOf<ReturnType<Reader["processor"]["batchDecode"]>>().toEqualTypeOf<Promise<string[]>>();
    expectTypeOf<Reader["model"]>().toEqualTypeOf<Away>();
  });
});
