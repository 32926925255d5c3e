import { InputError } from "../errors.js";

/**
 * Options of transformers' GenerationConfig that change what is generated and aren't implemented yet, with the values
 * that change nothing. null is always neutral.
 */
export const NEUTRAL: Readonly<Record<string, readonly unknown[]>> = {
  doSample: [false],
  numBeams: [1],
  numBeamGroups: [1],
  numReturnSequences: [1],
  useCache: [true],
  earlyStopping: [false],
  lengthPenalty: [1],
  diversityPenalty: [0],
  maxTime: [],
  stopStrings: [],
  repetitionPenalty: [1],
  encoderRepetitionPenalty: [1],
  noRepeatNgramSize: [0],
  encoderNoRepeatNgramSize: [0],
  badWordsIds: [],
  forceWordsIds: [],
  constraints: [],
  renormalizeLogits: [false],
  forcedBosTokenId: [],
  forcedEosTokenId: [],
  removeInvalidValues: [false],
  exponentialDecayLengthPenalty: [],
  suppressTokens: [],
  beginSuppressTokens: [],
  sequenceBias: [],
  tokenHealing: [false],
  guidanceScale: [1],
  watermarkingConfig: [],
  promptLookupNumTokens: [],
  penaltyAlpha: [],
  dolaLayers: [],
  outputScores: [false],
  outputLogits: [false],
  outputAttentions: [false],
  outputHiddenStates: [false],
  returnDictInGenerate: [false, true],
  logitsProcessors: [],
  stoppingCriteria: [],
};

/** Of these, a checkpoint's file has no say here: they are about the caller's result, or about memory. */
export const CALLERS_ALONE: ReadonlySet<string> = new Set(["useCache", "outputAttentions", "outputHiddenStates"]);

/** Options that only sampling heeds; a checkpoint's defaults for them change nothing while doSample is false. */
export const SAMPLING_ONLY: readonly string[] = [
  "temperature",
  "topK",
  "topP",
  "topH",
  "minP",
  "typicalP",
  "epsilonCutoff",
  "etaCutoff",
  "seed",
];

/** Throws unless the value changes nothing. */
export function complain(key: string, value: unknown, origin: "option" | "checkpoint"): void {
  const neutral = NEUTRAL[key] ?? [];
  if (value === null || neutral.includes(value)) return;
  const allowed = neutral.length === 0 ? "leave it out" : `only ${neutral.map((each) => JSON.stringify(each)).join(" or ")} is`;
  const asked = origin === "option" ? "" : `the checkpoint's generation_config.json asks for ${JSON.stringify(value)}; `;
  const way = origin === "option" || neutral.length === 0 ? "" : `: pass ${key}: ${JSON.stringify(neutral[0])}`;
  throw new InputError(`${key}: ${asked}it is not implemented yet, ${allowed}${way}`, { details: { option: key, origin } });
}
