import {
  anything,
  checked,
  checkedOrNull,
  flagOrNull,
  ids,
  number,
  numberOrNull,
  objectOrNull,
  sequencesOrNull,
  textOrNull,
  textOrTexts,
  whole,
  wholeOrNull,
  wholesOrNull,
} from "../models/config-field-kinds.js";
import type { FieldValues, JsonValue } from "../models/config-fields.js";

/** A number, or the name that an infinite one has in JSON. */
type Bias = number | "Infinity" | "-Infinity";

const isIds = (value: JsonValue | undefined): boolean => Array.isArray(value) && value.every((id) => Number.isSafeInteger(id));
const isBias = (value: JsonValue | undefined): boolean => typeof value === "number" || value === "Infinity" || value === "-Infinity";

/** Every field of transformers' GenerationConfig, in its order. null is "not set": {@link GENERATION_DEFAULTS} then hold. */
export const GENERATION_FIELDS = {
  maxLength: wholeOrNull("max_length"),
  maxNewTokens: wholeOrNull("max_new_tokens"),
  minLength: wholeOrNull("min_length"),
  minNewTokens: wholeOrNull("min_new_tokens"),
  earlyStopping: checkedOrNull<boolean | "never">("early_stopping", 'true, false, "never"', (value) => typeof value === "boolean" || value === "never"),
  maxTime: numberOrNull("max_time"),
  stopStrings: textOrTexts("stop_strings"),
  doSample: flagOrNull("do_sample"),
  numBeams: wholeOrNull("num_beams"),
  useMtp: flagOrNull("use_mtp"),
  useCache: flagOrNull("use_cache"),
  cacheImplementation: textOrNull("cache_implementation"),
  cacheConfig: objectOrNull("cache_config"),
  maxCacheLen: wholeOrNull("max_cache_len"),
  temperature: numberOrNull("temperature"),
  topK: wholeOrNull("top_k"),
  topP: numberOrNull("top_p"),
  minP: numberOrNull("min_p"),
  topH: numberOrNull("top_h"),
  typicalP: numberOrNull("typical_p"),
  epsilonCutoff: numberOrNull("epsilon_cutoff"),
  etaCutoff: numberOrNull("eta_cutoff"),
  repetitionPenalty: numberOrNull("repetition_penalty"),
  encoderRepetitionPenalty: numberOrNull("encoder_repetition_penalty"),
  lengthPenalty: numberOrNull("length_penalty"),
  noRepeatNgramSize: wholeOrNull("no_repeat_ngram_size"),
  badWordsIds: sequencesOrNull("bad_words_ids"),
  renormalizeLogits: flagOrNull("renormalize_logits"),
  forcedBosTokenId: wholeOrNull("forced_bos_token_id"),
  forcedEosTokenId: ids("forced_eos_token_id"),
  removeInvalidValues: flagOrNull("remove_invalid_values"),
  exponentialDecayLengthPenalty: checkedOrNull<readonly [start: number, factor: number]>(
    "exponential_decay_length_penalty",
    "a whole number and a factor",
    (value) => Array.isArray(value) && value.length === 2 && Number.isSafeInteger(value[0]) && typeof value[1] === "number",
  ),
  suppressTokens: wholesOrNull("suppress_tokens"),
  beginSuppressTokens: wholesOrNull("begin_suppress_tokens"),
  sequenceBias: checkedOrNull<readonly (readonly [ids: readonly number[], bias: Bias])[]>(
    "sequence_bias",
    "a list of pairs of token ids and a bias",
    (value) => Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2 && isIds(pair[0]) && isBias(pair[1])),
  ),
  tokenHealing: flagOrNull("token_healing"),
  guidanceScale: numberOrNull("guidance_scale"),
  watermarkingConfig: objectOrNull("watermarking_config"),
  numReturnSequences: wholeOrNull("num_return_sequences"),
  outputAttentions: flagOrNull("output_attentions"),
  outputHiddenStates: flagOrNull("output_hidden_states"),
  outputScores: flagOrNull("output_scores"),
  outputLogits: flagOrNull("output_logits"),
  returnDictInGenerate: flagOrNull("return_dict_in_generate"),
  padTokenId: wholeOrNull("pad_token_id"),
  bosTokenId: wholeOrNull("bos_token_id"),
  eosTokenId: ids("eos_token_id"),
  encoderNoRepeatNgramSize: wholeOrNull("encoder_no_repeat_ngram_size"),
  decoderStartTokenId: ids("decoder_start_token_id"),
  isAssistant: flagOrNull("is_assistant"),
  numAssistantTokens: wholeOrNull("num_assistant_tokens"),
  numAssistantTokensSchedule: textOrNull("num_assistant_tokens_schedule"),
  assistantConfidenceThreshold: numberOrNull("assistant_confidence_threshold"),
  promptLookupNumTokens: wholeOrNull("prompt_lookup_num_tokens"),
  maxMatchingNgramSize: wholeOrNull("max_matching_ngram_size"),
  assistantEarlyExit: wholeOrNull("assistant_early_exit"),
  assistantLookbehind: wholeOrNull("assistant_lookbehind"),
  targetLookbehind: wholeOrNull("target_lookbehind"),
  assistantEnsembleWeight: numberOrNull("assistant_ensemble_weight"),
  speculationType: textOrNull("speculation_type"),
  compileConfig: checkedOrNull<never>("compile_config", "left out: there is nothing to compile here", () => false),
  disableCompile: flagOrNull("disable_compile"),
  continuousBatchingConfig: objectOrNull("continuous_batching_config"),
  lowMemory: flagOrNull("low_memory"),
  penaltyAlpha: numberOrNull("penalty_alpha"),
  dolaLayers: anything("dola_layers"),
  diversityPenalty: numberOrNull("diversity_penalty"),
  numBeamGroups: wholeOrNull("num_beam_groups"),
  constraints: anything("constraints"),
  forceWordsIds: anything("force_words_ids"),
  prefillChunkSize: wholeOrNull("prefill_chunk_size"),
} as const;

/** The fields of a GenerationConfig; null where one is not set. */
export type GenerationConfigValues = {
  -readonly [Name in keyof Values]: Name extends "watermarkingConfig" ? WatermarkingConfig | null : Values[Name];
};

type Values = FieldValues<typeof GENERATION_FIELDS>;

/** How a watermark is made. */
export const WATERMARKING_FIELDS = {
  greenlistRatio: number("greenlist_ratio", 0.25),
  bias: number("bias", 2),
  hashingKey: whole("hashing_key", 15_485_863),
  seedingScheme: checked<"lefthash" | "selfhash">("seeding_scheme", "lefthash", '"lefthash" or "selfhash"', (value) => value === "lefthash" || value === "selfhash"),
  contextWidth: whole("context_width", 1),
} as const;

/**
 * How a watermark is made: the share of the vocabulary that is favoured, by how much, and what decides which tokens those are.
 */
export type WatermarkingConfig = FieldValues<typeof WATERMARKING_FIELDS>;

/** What `generate` takes for a field that neither the caller nor the checkpoint sets: transformers' own list. */
export const GENERATION_DEFAULTS = {
  maxLength: 20,
  minLength: 0,
  doSample: false,
  useCache: true,
  earlyStopping: false,
  numBeams: 1,
  temperature: 1,
  topK: 50,
  topP: 1,
  typicalP: 1,
  repetitionPenalty: 1,
  lengthPenalty: 1,
  noRepeatNgramSize: 0,
  encoderNoRepeatNgramSize: 0,
  badWordsIds: null,
  numReturnSequences: 1,
  outputScores: false,
  returnDictInGenerate: false,
  forcedBosTokenId: null,
  forcedEosTokenId: null,
  removeInvalidValues: false,
  exponentialDecayLengthPenalty: null,
  suppressTokens: null,
  beginSuppressTokens: null,
  epsilonCutoff: 0,
  etaCutoff: 0,
  encoderRepetitionPenalty: 1,
  numAssistantTokens: 20,
  numAssistantTokensSchedule: "constant",
  assistantConfidenceThreshold: 0.4,
  assistantLookbehind: 10,
  targetLookbehind: 10,
  numBeamGroups: 1,
  diversityPenalty: 0,
} as const satisfies Partial<GenerationConfigValues>;
