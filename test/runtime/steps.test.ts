import { type GenerateOptions, T5Gemma2ForConditionalGeneration, Tensor } from "t5gemma2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { devices } from "../support/files.ts";
import { sourceOf } from "../support/generations.ts";

const inputIds = [[5, 9, 17, 4, 33, 8]];
const twoRows = [
  [5, 9, 17],
  [8, 4, 40],
];
/** Chooses on the host, and nothing else. */
const onHost = { logitsProcessors: [(): void => undefined] };
/** No token ends an answer. */
const endless = { eosTokenId: [] };

describe.each(devices)("steps on %s", (device) => {
  let model: T5Gemma2ForConditionalGeneration;
  beforeAll(async () => {
    model = await T5Gemma2ForConditionalGeneration.fromPretrained(sourceOf("generation"), { device, cache: false });
  });
  afterAll(() => model.dispose());

  it("give the same tokens by replay as one by one", async () => {
    for (const [name, inputs] of Object.entries({
      "one row": { inputIds, maxNewTokens: 20, ...endless },
      "two rows": { inputIds: twoRows, maxNewTokens: 10 },
      "ends kept away at first": { inputIds, maxNewTokens: 12, minNewTokens: 5 },
      "a cache that has to grow": { inputIds, decoderInputIds: [Array.from({ length: 249 }, (_, at) => 4 + (at % 50))], maxNewTokens: 16, ...endless },
    })) {
      const { sequences, finishReasons, stats } = await model.generate({ ...inputs });
      const stepwise = await model.generate({ ...inputs, ...onHost });
      expect(sequences, name).toEqual(stepwise.sequences);
      expect(finishReasons, name).toEqual(stepwise.finishReasons);
      expect(stepwise.stats, name).toMatchObject({ path: "stepwise", pathReason: expect.stringContaining("functions") });
      if (device === "wasm") expect(stats, name).toMatchObject({ path: "stepwise", pathReason: expect.stringContaining("CPU") });
      else expect(stats, name).toMatchObject({ path: "captured" });
    }
  });

  it("draw the same tokens for a seed by replay as one by one", async () => {
    for (const [name, inputs] of Object.entries({
      "the default filter": { inputIds, maxNewTokens: 20, seed: 1, ...endless },
      "hot, of all tokens": { inputIds, maxNewTokens: 12, seed: 2 ** 40 + 3, topK: 0, temperature: 3, ...endless },
      "every filter, three answers": { inputIds, maxNewTokens: 12, seed: 4, temperature: 1.7, topK: 30, topP: 0.9, minP: 0.02, numReturnSequences: 3, ...endless },
      "two rows that may end, but not at once": { inputIds: twoRows, maxNewTokens: 12, minNewTokens: 5, seed: 5, topK: 0, topP: 0.95, temperature: 2 },
      "the likeliest": { inputIds, maxNewTokens: 12, seed: 6, topP: 1e-9, ...endless },
    })) {
      const { sequences, finishReasons, stats } = await model.generate({ ...inputs, doSample: true });
      const stepwise = await model.generate({ ...inputs, ...onHost, doSample: true });
      expect(sequences, name).toEqual(stepwise.sequences);
      expect(finishReasons, name).toEqual(stepwise.finishReasons);
      expect(stepwise.stats, name).toMatchObject({ path: "stepwise", pathReason: expect.stringContaining("functions") });
      if (device === "wasm") expect(stats, name).toMatchObject({ path: "stepwise", pathReason: expect.stringContaining("host draws") });
      else expect(stats, name).toMatchObject({ path: "captured" });
    }
  });

  it("follow the rules of options by replay as one by one", async () => {
    const rules: [string, GenerateOptions][] = [
      ["a repetition penalty", { repetitionPenalty: 1.6 }],
      ["a favour for what has come", { repetitionPenalty: 0.7 }],
      ["no pair twice", { noRepeatNgramSize: 2 }],
      ["no token twice", { noRepeatNgramSize: 1 }],
      ["bad words", { badWordsIds: [[7], [20, 5], [5, 9, 17, 4], [33]] }],
      ["biases of tokens", { sequenceBias: [[[7], -3], [[12], 2.5]] }],
      ["suppressed tokens", { suppressTokens: [7, 12, 20], beginSuppressTokens: [5, 30] }],
      ["forced tokens", { forcedBosTokenId: 11, forcedEosTokenId: 9, beginSuppressTokens: [14] }],
      ["a least length", { minLength: 8, eosTokenId: 1 }],
      ["many rules", { repetitionPenalty: 1.3, noRepeatNgramSize: 3, badWordsIds: [[7], [4, 4]], minNewTokens: 4, suppressTokens: [12], eosTokenId: 1 }],
    ];
    for (const [name, options] of rules) {
      for (const inputs of [{ inputIds }, { inputIds: twoRows, doSample: true, seed: 3, topK: 12, decoderInputIds: [[2, 7, 5], [2, 20, 7]] }]) {
        const all = { maxNewTokens: 14, ...endless, ...inputs, ...options };
        const { sequences, finishReasons, stats } = await model.generate(all);
        const stepwise = await model.generate({ ...all, ...onHost });
        expect(sequences, name).toEqual(stepwise.sequences);
        expect(finishReasons, name).toEqual(stepwise.finishReasons);
        if (device === "webgpu") expect(stats, name).toMatchObject({ path: "captured" });
      }
      const plain = await model.generate({ inputIds, maxNewTokens: 14, ...endless });
      const ruled = await model.generate({ inputIds, maxNewTokens: 14, ...endless, ...options });
      if (name === "forced tokens") expect(ruled.sequences[0]!.slice(1)).toEqual(expect.arrayContaining([11, 9]));
      if (name === "no token twice") expect(new Set(ruled.sequences[0]).size).toBe(ruled.sequences[0]!.length);
      if (name.includes("penalty")) expect(ruled.sequences).not.toEqual(plain.sequences);
    }
  });

  it("treat scores that are not numbers as the host does", async () => {
    const width = model.config.encoder.textConfig.hiddenSize;
    const odd = { inputsEmbeds: new Tensor("float32", new Float32Array(2 * width).fill(Number.NaN), [1, 2, width]), maxNewTokens: 12, ...endless };
    const { sequences, stats } = await model.generate(odd);
    expect(sequences).toEqual((await model.generate({ ...odd, ...onHost })).sequences);
    if (device === "webgpu") expect(stats.path).toBe("captured");
    for (const options of [{ seed: 1 }, { seed: 1, topK: 0 }, { seed: 1, ...onHost }]) {
      await expect(model.generate({ ...odd, ...options, doSample: true })).rejects.toThrow("not numbers");
    }
    expect((await model.generate({ inputIds, doSample: true, seed: 1, maxNewTokens: 3, ...endless })).sequences[0]).toHaveLength(4);
  });

  it("say why the host draws", async () => {
    const why = async (options: Partial<Parameters<typeof model.generate>[0]>): Promise<string | undefined> =>
      (await model.generate({ inputIds, doSample: true, seed: 1, maxNewTokens: 2, ...options })).stats.pathReason;
    const on = (reason: string): string => (device === "wasm" ? "host draws" : reason);
    expect(await why({ typicalP: 0.9 })).toContain(on("options that change the logits"));
    expect(await why({ doSample: false, encoderRepetitionPenalty: 1.2 })).toContain("options that change the logits");
    expect(await why({ repetitionPenalty: 1.2, decoderInputIds: [[2, 5]], decoderAttentionMask: [[0, 1]] })).toContain(on("mask of the decoder's prompt"));
    const ends = { maxNewTokens: 2 ** 17 + 1, eosTokenId: Array.from({ length: model.config.decoder.vocabSize }, (_, id) => id) };
    expect(await why({ repetitionPenalty: 1.2, ...ends })).toContain(on("so long an answer"));
    expect(await why({ logprobs: 1 })).toContain(on("each step reports"));
    expect(await why({ useCache: false })).toContain(on("without a cache"));
    expect(await why({ promptLookupNumTokens: 2 })).toContain(on("guesses"));
    expect(await why(onHost)).toContain("functions");
  });

  it("cost few dispatches, and no host write", async () => {
    const { stats } = await model.generate({ inputIds, maxNewTokens: 40, streamLatency: 1e9, ...endless });
    const layers = model.config.decoder.numHiddenLayers;
    expect(stats.tokens).toBe(40);
    expect(stats.weightBytes).toBeGreaterThan(0);
    expect(stats.weightBytes).toBeLessThanOrEqual(model.weightBytes);
    expect(stats.peakMemoryBytes).toBeGreaterThan(0);
    expect(stats.hostMicrosecondsPerToken).toBeGreaterThan(0);
    if (device === "wasm") {
      expect(stats).toMatchObject({ dispatches: 0, hostWrites: 0, hostReads: 0 });
    } else {
      expect(stats.dispatches).toBeGreaterThan(4 * layers);
      expect(stats.dispatches).toBeLessThanOrEqual(6 * layers + 8);
      expect(stats.hostWrites).toBeLessThan(0.5);
      expect(stats.hostReads).toBeLessThan(0.5);
    }
    const drawn = await model.generate({ inputIds, maxNewTokens: 40, streamLatency: 1e9, doSample: true, topP: 0.9, ...endless });
    expect(drawn.stats.dispatches).toBe(stats.dispatches);
    if (device === "webgpu") expect(drawn.stats.hostWrites).toBeLessThan(0.5);
    if (device === "webgpu") expect(drawn.stats.hostReads).toBeLessThan(0.5);
    // Keys that several workgroups share.
    const long = [Array.from({ length: 1100 }, (_, at) => 4 + (at % 50))];
    const after = await model.generate({ inputIds: long, maxNewTokens: 8, ...endless });
    expect(after.stats.dispatches).toBe(stats.dispatches);
    const host = await model.generate({ inputIds, maxNewTokens: 4, ...endless, ...onHost });
    expect(host.stats.hostReads).toBeGreaterThanOrEqual(device === "webgpu" ? 1 : 0);
  });
});
