import { GenerationConfig, InputError, T5Gemma2Encoder, T5Gemma2ForConditionalGeneration } from "t5gemma2";
import { expect, it } from "vitest";
import { distance } from "../support/answers.ts";
import { fixtureSource, readFixture } from "../support/files.ts";

const source = fixtureSource("test/fixtures/checkpoints/inputs");
const options = { device: "wasm", cache: false } as const;
const inputs = { inputIds: [[2, 5, 6]], decoderInputIds: [[2, 9]] };

// The oracle heeds the parts' own configurations, and not the whole model's.
it("forward takes what it is not told from the configuration of each side", async () => {
  using model = await T5Gemma2ForConditionalGeneration.fromPretrained(source, options);
  const { config } = model;
  const listed = async (asked: object = {}): Promise<string[]> =>
    Object.keys(await model.forward({ ...inputs, useCache: false, ...asked })).filter((key) => /States$|Attentions$/i.test(key)).sort();
  expect(await listed()).toEqual([]);
  config.outputHiddenStates = true;
  expect(await listed()).toEqual([]);
  config.decoder.outputHiddenStates = true;
  expect(await listed()).toEqual(["decoderHiddenStates"]);
  expect(await listed({ outputHiddenStates: false })).toEqual([]);
  config.decoder.outputHiddenStates = false;
  config.encoder.textConfig.outputHiddenStates = true;
  config.encoder.textConfig.outputAttentions = true;
  expect(await listed()).toEqual(["encoderAttentions", "encoderHiddenStates"]);
  using encoded = await model.encode({ inputIds: inputs.inputIds });
  expect((await encoded.hiddenStates())?.length).toBe(config.encoder.textConfig.numHiddenLayers + 1);
  expect(await model.generate({ inputIds: inputs.inputIds, maxNewTokens: 2 })).not.toHaveProperty("encoderHiddenStates");
  config.decoder.useCache = false;
  expect(await model.forward(inputs)).not.toHaveProperty("pastKeyValues");
  config.returnDict = false;
  await expect(model.forward(inputs)).rejects.toThrow(/^returnDict: /);
  expect(await listed({ returnDict: true, outputHiddenStates: false, outputAttentions: false })).toEqual([]);
});

it("an encoder alone keeps what its configuration says", async () => {
  using encoder = await T5Gemma2Encoder.fromPretrained(source, options);
  expect(await encoder.forward({ inputIds: inputs.inputIds })).not.toHaveProperty("hiddenStates");
  encoder.config.encoder.textConfig.outputHiddenStates = true;
  const { lastHiddenState, hiddenStates } = await encoder.forward({ inputIds: inputs.inputIds });
  expect(await distance(hiddenStates!.at(-1)!, lastHiddenState)).toBe(0);
});

it("generate takes what it is not told from the model's generationConfig, as it is then", async () => {
  using model = await T5Gemma2ForConditionalGeneration.fromPretrained(source, options);
  const { inputIds } = inputs;
  const length = async (asked: object = {}): Promise<number> => (await model.generate({ inputIds, eosTokenId: null, ...asked })).sequences[0]!.length - 1;
  expect(model.generationConfig).toBeInstanceOf(GenerationConfig);
  model.generationConfig.maxNewTokens = 3;
  expect(await length()).toBe(3);
  expect(await length({ generationConfig: { maxNewTokens: 2 } })).toBe(2);
  model.generationConfig = new GenerationConfig({ ...model.generationConfig.toJSON(), max_new_tokens: 4, return_dict_in_generate: true, output_scores: true });
  const { scores, pastKeyValues } = await model.generate({ inputIds });
  expect([scores?.length, pastKeyValues?.length]).toEqual([4, 4]);
  pastKeyValues!.dispose();
  model.generationConfig.maxNewTokens = 0;
  await expect(model.generate({ inputIds })).rejects.toThrow(/max_new_tokens/);
  (model as { generationConfig: unknown }).generationConfig = { maxNewTokens: 2 };
  await expect(model.generate({ inputIds })).rejects.toBeInstanceOf(InputError);
});

it("without a generation_config.json the configuration's fields are the defaults", async () => {
  const files = await Promise.all(["config.json", "model.safetensors"].map(async (name) => new File([await readFixture(`test/fixtures/checkpoints/inputs/${name}`)], name)));
  using bare = await T5Gemma2ForConditionalGeneration.fromPretrained(files, options);
  const wanted = GenerationConfig.fromModelConfig(bare.config);
  expect(bare.generationConfig.toDict()).toEqual(wanted.toDict());
  expect(bare.generationConfig.bosTokenId).toBe(bare.config.bosTokenId);
});

it("getInputEmbeddings gives what inputsEmbeds take", async () => {
  using model = await T5Gemma2ForConditionalGeneration.fromPretrained(source, options);
  const { inputIds } = inputs;
  const inputsEmbeds = await model.getInputEmbeddings(inputIds);
  expect(inputsEmbeds.dims).toEqual([1, 3, model.config.decoder.hiddenSize]);
  const [embedded, plain] = [await model.forward({ ...inputs, inputIds: undefined, inputsEmbeds }), await model.forward(inputs)];
  expect(await distance(embedded.logits, plain.logits)).toBe(0);
  await expect(model.getInputEmbeddings([[999_999]])).rejects.toThrow(/inputIds\[0\]\[0\] is 999999/);
});
