import { fieldError } from "../models/config-fields.js";
import { GENERATION_DEFAULTS, type GenerationConfigValues } from "./generation-fields.js";

/** What transformers calls its caches; here there is one cache, and the name changes nothing. */
const CACHES: readonly string[] = [
  "static",
  "offloaded_static",
  "sliding_window",
  "hybrid",
  "hybrid_chunked",
  "offloaded_hybrid",
  "offloaded_hybrid_chunked",
  "dynamic",
  "offloaded",
  "quantized",
  "paged",
];

/**
 * Refuses what can't be, by transformers' rules for one field and for several together.
 *
 * @throws ConfigError naming the field as the files do
 */
export function checkGeneration(config: GenerationConfigValues): void {
  const { maxNewTokens, assistantEnsembleWeight: weight, cacheImplementation, numReturnSequences: several } = config;
  if (maxNewTokens !== null && maxNewTokens <= 0) throw fieldError("max_new_tokens", `must be greater than 0, not ${maxNewTokens}`);
  if (weight !== null && !(weight > 0 && weight < 1)) {
    throw fieldError("assistant_ensemble_weight", `must be above 0 and below 1, not ${weight}; null decodes without loss`);
  }
  if (cacheImplementation !== null && !CACHES.includes(cacheImplementation)) {
    throw fieldError("cache_implementation", `must be one of ${CACHES.join(", ")}, not ${JSON.stringify(cacheImplementation)}`);
  }
  const mark = config.watermarkingConfig;
  if (mark !== null && !(mark.greenlistRatio >= 0 && mark.greenlistRatio <= 1)) {
    throw fieldError("watermarking_config.greenlist_ratio", `must be from 0 to 1, not ${mark.greenlistRatio}`);
  }
  if (mark !== null && mark.contextWidth < 1) throw fieldError("watermarking_config.context_width", `must be at least 1, not ${mark.contextWidth}`);
  const beams = config.numBeams ?? 1;
  if (several !== null && several > 1 && beams === 1 && config.doSample !== true) {
    throw fieldError("num_return_sequences", `is ${several}, but without sampling or beams there is only one answer: set do_sample or num_beams`);
  }
  if (several !== null && beams !== 1 && several > beams) throw fieldError("num_return_sequences", `is ${several}, more than num_beams (${beams})`);
  checkForced(config);
}

/** A step whose only allowed tokens are suppressed has nothing left to choose from. */
function checkForced(config: GenerationConfigValues): void {
  const suppressed = new Set(config.suppressTokens);
  for (const [key, value] of [["forced_bos_token_id", config.forcedBosTokenId], ["forced_eos_token_id", config.forcedEosTokenId]] as const) {
    const forced = typeof value === "number" ? [value] : (value ?? []);
    if (forced.length === 0 || !forced.every((id) => suppressed.has(id))) continue;
    throw fieldError(key, `every token of it (${forced.join(", ")}) is in suppress_tokens, too: nothing could be chosen; min_new_tokens puts off an early end`);
  }
}

/** Only sampling heeds these. */
const SAMPLING = ["temperature", "topP", "minP", "topH", "typicalP", "topK", "epsilonCutoff", "etaCutoff"] as const;
/** Only beam search heeds these. */
const BEAMS = ["earlyStopping", "lengthPenalty"] as const;
const OUTPUTS = ["outputAttentions", "outputHiddenStates", "outputScores", "outputLogits"] as const;

/** What is set and has no effect, or will make trouble: one sentence each, by the field's camelCase name. */
export function listIssues(config: GenerationConfigValues): string[] {
  const defaults: Partial<GenerationConfigValues> = GENERATION_DEFAULTS;
  const isSet = (name: keyof GenerationConfigValues): boolean => config[name] !== null && config[name] !== defaults[name];
  const issues: string[] = [];
  const { padTokenId } = config;
  if (padTokenId !== null && padTokenId < 0) issues.push(`padTokenId: is ${padTokenId}, which no token has; batches with padding will fail`);
  if (config.doSample !== true) issues.push(...SAMPLING.filter(isSet).map((name) => `${name}: has an effect only with doSample: true`));
  if ((config.numBeams ?? 1) === 1) issues.push(...BEAMS.filter(isSet).map((name) => `${name}: has an effect only with numBeams above 1`));
  if (config.useCache === false) {
    for (const name of ["cacheImplementation", "cacheConfig"] as const) {
      if (config[name] !== null) issues.push(`${name}: has no effect with useCache: false`);
    }
  }
  if (config.returnDictInGenerate !== true) {
    issues.push(...OUTPUTS.filter((name) => config[name] === true).map((name) => `${name}: transformers heeds it only with returnDictInGenerate: true`));
  }
  return issues;
}

/** What belongs to a call of `generate` and not into its configuration, as transformers calls it and as we do. */
export const CALL_ARGUMENTS: readonly string[] = [
  "logits_processor",
  "logitsProcessor",
  "logitsProcessors",
  "stopping_criteria",
  "stoppingCriteria",
  "prefix_allowed_tokens_fn",
  "prefixAllowedTokensFn",
  "synced_gpus",
  "syncedGpus",
  "assistant_model",
  "assistantModel",
  "streamer",
  "negative_prompt_ids",
  "negativePromptIds",
  "negative_prompt_attention_mask",
  "negativePromptAttentionMask",
  "signal",
  "seed",
];
