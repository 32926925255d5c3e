import { describe, expect, it } from "vitest";
import { InputError } from "../../../ts/errors.js";
import type { GenerateOptions } from "../../../ts/generation/options.js";
import { type GenerationPlan, planGeneration } from "../../../ts/generation/plan.js";
import { type GenerationDefaults, readGenerationDefaults, Settings } from "../../../ts/generation/settings.js";
import { startTokens, withStartTokens } from "../../../ts/generation/start-tokens.js";

const defaults = readGenerationDefaults({ bos_token_id: 2, eos_token_id: [1, 106], pad_token_id: 0, max_new_tokens: 24, top_k: 64 });

const plan = (options: object, checkpoint: GenerationDefaults = {}, promptLength = 1): GenerationPlan =>
  planGeneration(new Settings(options as GenerateOptions, checkpoint), promptLength, 500);
const starts = (options: GenerateOptions, checkpoint: GenerationDefaults, batch = 1): number[] => startTokens(new Settings(options, checkpoint), 500, batch);

describe("a generation's plan", () => {
  it("takes the checkpoint's defaults", () => {
    expect(plan({}, defaults)).toMatchObject({ maxNewTokens: 24, eosTokenIds: [1, 106], padTokenId: 0, logits: {}, numBeams: 1, doSample: false, useCache: true });
    expect(starts({}, defaults)).toEqual([2]);
  });

  it("takes the caller's options first, null included", () => {
    expect(plan({ maxNewTokens: 3, eosTokenId: null, padTokenId: 9 }, defaults)).toMatchObject({ maxNewTokens: 3, eosTokenIds: [], padTokenId: 9 });
    expect(starts({ decoderStartTokenId: 7 }, defaults)).toEqual([7]);
  });

  it("takes a generationConfig between the two, whose nulls say nothing", () => {
    const generationConfig = { maxNewTokens: 5, numBeams: 3, eosTokenId: null, temperature: null };
    expect(plan({ generationConfig, numBeams: 2 }, defaults)).toMatchObject({ maxNewTokens: 5, numBeams: 2, eosTokenIds: [1, 106] });
    expect(() => plan({ generationConfig: { maxTokens: 3 } })).toThrow(/^generate: generationConfig: unknown option "maxTokens"/);
  });

  it("makes 20 tokens where nothing says otherwise, and pads with the first eos", () => {
    expect(plan({}, { bosTokenId: 2, eosTokenId: [5, 6] })).toMatchObject({ maxNewTokens: 20, padTokenId: 5 });
  });

  it("counts the decoder's prompt in maxLength and minLength, which yield to the new tokens' limits", () => {
    expect(plan({ maxLength: 10, minLength: 6 }, {}, 4)).toMatchObject({ maxNewTokens: 6, logits: { min_new_tokens: 2 } });
    expect(plan({ maxLength: 10, minLength: 6, maxNewTokens: 8, minNewTokens: 1 }, {}, 4)).toMatchObject({ maxNewTokens: 8, logits: { min_new_tokens: 1 } });
    expect(plan({ maxLength: 10 }, defaults, 4)).toMatchObject({ maxNewTokens: 6 });
  });

  it("lets a caller's limit cut short what the checkpoint wants at least", () => {
    expect(plan({ maxNewTokens: 3 }, { minNewTokens: 9 })).toMatchObject({ maxNewTokens: 3, logits: { min_new_tokens: 3 } });
  });

  it("hands on what acts on scores, in the files' spelling and without what changes nothing", () => {
    const options = {
      repetitionPenalty: 1.5,
      encoderRepetitionPenalty: 1,
      noRepeatNgramSize: 0,
      badWordsIds: [[5], [6, 7]],
      sequenceBias: [[[3], -Infinity], [[4, 5], 2.5]],
      forcedEosTokenId: 9,
      removeInvalidValues: false,
      renormalizeLogits: true,
      exponentialDecayLengthPenalty: [2, 1.5],
      watermarkingConfig: { bias: 2.5, seedingScheme: "selfhash" },
    };
    expect(plan(options).logits).toEqual({
      repetition_penalty: 1.5,
      bad_words_ids: [[5], [6, 7]],
      sequence_bias: [[[3], "-Infinity"], [[4, 5], 2.5]],
      forced_eos_token_id: 9,
      renormalize_logits: true,
      exponential_decay_length_penalty: [2, 1.5],
      watermarking_config: { bias: 2.5, seeding_scheme: "selfhash" },
    });
  });

  it("hands on the sampling filters when there is sampling, and warns of them when there is none", () => {
    const filters = { temperature: 0.7, topK: 5, topP: 0.9, minP: 0.1 };
    expect(plan({ doSample: true, ...filters })).toMatchObject({ logits: { temperature: 0.7, top_k: 5, top_p: 0.9, min_p: 0.1 }, warnings: [] });
    const { logits, warnings } = plan({ ...filters, lengthPenalty: 2, seed: 3 });
    expect(logits).toEqual({});
    expect(warnings.map((warning) => warning.split(":")[0])).toEqual(["temperature", "topP", "minP", "topK", "seed", "lengthPenalty"]);
    expect(plan({}, { topK: 64, temperature: 0.5 }).warnings).toEqual([]);
  });

  it("keeps 50 tokens where topK is not set, and all where it is set to null", () => {
    expect(plan({ doSample: true }).logits).toEqual({});
    expect(plan({ doSample: true, topK: null }).logits).toEqual({ top_k: 0 });
  });

  it("draws a seed where none is given", () => {
    const seeds = Array.from({ length: 20 }, () => plan({ doSample: true }).seed);
    expect(new Set(seeds).size).toBe(20);
    expect(seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0)).toBe(true);
    expect(plan({ doSample: true, seed: 7 }).seed).toBe(7);
  });

  it("gives outputs to whoever asks, and by a configuration only with returnDictInGenerate", () => {
    expect(plan({ outputScores: true })).toMatchObject({ outputScores: true, outputLogits: false });
    expect(plan({}, { outputAttentions: true })).toMatchObject({ outputAttentions: false });
    expect(plan({}, { outputAttentions: true, returnDictInGenerate: true })).toMatchObject({ outputAttentions: true });
  });

  it.each([
    ["maxLength", { maxLength: 4 }],
    ["maxNewTokens", { maxNewTokens: 0 }],
    ["maxNewTokens", { maxNewTokens: 1.5 }],
    ["minNewTokens", { minNewTokens: 25 }],
    ["eosTokenId", { eosTokenId: 500 }],
    ["eosTokenId[1]", { eosTokenId: [1, -1] }],
    ["padTokenId", { padTokenId: "0" }],
    ["doSample", { doSample: "yes" }],
    ["temperature", { doSample: true, temperature: NaN }],
    ["topK", { doSample: true, topK: -1 }],
    ["numBeams", { numBeams: 0 }],
    ["numReturnSequences", { numReturnSequences: 1.5 }],
    ["earlyStopping", { earlyStopping: "maybe" }],
    ["lengthPenalty", { lengthPenalty: Infinity }],
    ["repetitionPenalty", { repetitionPenalty: "1" }],
    ["badWordsIds", { badWordsIds: 5 }],
    ["badWordsIds[1]", { badWordsIds: [[5], 6] }],
    ["badWordsIds[0][1]", { badWordsIds: [[5, 0.5]] }],
    ["sequenceBias[0][1]", { sequenceBias: [[[5], NaN]] }],
    ["sequenceBias[0]", { sequenceBias: [[[5], 1, 2]] }],
    ["suppressTokens", { suppressTokens: 5 }],
    ["exponentialDecayLengthPenalty", { exponentialDecayLengthPenalty: [1] }],
    ["watermarkingConfig", { watermarkingConfig: { greenRatio: 1 } }],
    ["watermarkingConfig", { watermarkingConfig: 5 }],
    ["seed", { seed: -1 }],
    ["logprobs", { logprobs: true }],
    ["maxTime", { maxTime: 0 }],
    ["stopStrings", { stopStrings: ["a", ""] }],
    ["useCache", { useCache: 1 }],
  ])("names the option that is wrong: %s", (name, options) => {
    const attempt = (): unknown => plan(options, { ...defaults, maxNewTokens: "maxLength" in options ? undefined : 24 }, 4);
    expect(attempt).toThrow(InputError);
    expect(attempt).toThrow(new RegExp(`^${name.replace(/[[\]]/g, "\\$&")}: `));
  });
});

describe("what the decoder begins with", () => {
  it("needs a token", () => {
    expect(() => starts({}, { maxNewTokens: 3 })).toThrow(/^decoderStartTokenId: /);
  });

  it("may differ by row", () => {
    expect(starts({ decoderStartTokenId: [7, 8] }, defaults, 2)).toEqual([7, 8]);
    expect(() => starts({ decoderStartTokenId: [7] }, defaults, 2)).toThrow(/^decoderStartTokenId: has 1 tokens for 2 rows/);
  });

  it("gets its start token unless a row has it", () => {
    expect(withStartTokens([[5, 6], [7, 8]], [2, 2])).toEqual([[2, 5, 6], [2, 7, 8]]);
    expect(withStartTokens([[2, 6], [7, 8]], [2, 2])).toEqual([[2, 6], [7, 8]]);
  });
});

describe("what can't be had", () => {
  it.each([{ numBeamGroups: 2 }, { penaltyAlpha: 0.6 }, { guidanceScale: 1.5 }, { negativePromptIds: [[2]] }, { cacheImplementation: "quantized" }, { assistantEarlyExit: 2 }, { assistantTokenizer: {} }, { assistantLookbehind: 3 }, { targetLookbehind: 3 }, { assistantEnsembleWeight: 0.5 }, { speculationType: "dflash" }, { isAssistant: true }])(
    "throws by name: %o",
    (option) => {
      const [name] = Object.keys(option) as [string];
      const attempt = (): unknown => plan(option);
      expect(attempt).toThrow(InputError);
      expect(attempt).toThrow(new RegExp(`^${name}: `));
    },
  );

  it("passes where it asks for nothing", () => {
    plan({ numBeamGroups: 1, diversityPenalty: 0, guidanceScale: 1, constraints: null, tokenHealing: false }, defaults);
  });

  it("throws where the checkpoint asks for it, unless the caller says otherwise or it is about cost", () => {
    expect(() => plan({}, { penaltyAlpha: 0.6 })).toThrow(/^penaltyAlpha: .*generation_config.json.*pass penaltyAlpha: 0/);
    plan({ penaltyAlpha: 0 }, { penaltyAlpha: 0.6 });
    plan({}, { cacheImplementation: "hybrid" });
  });
});
