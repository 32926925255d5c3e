import type { AssistantModel, AssistantSchedule } from "./assistance.js";
import type { Constraint } from "./constraint.js";
import type { WatermarkingConfig } from "./generation-fields.js";
import type { LogitsProcessor, PrefixAllowedTokens, StoppingCriterion } from "./hooks.js";
import { REFUSED } from "./refused.js";

/** Takes tokens while they are generated. */
export interface Streamer {
  /** The ids that were added, one array a row: first the decoder's prompt, then one id a row and step. */
  put(added: readonly (readonly number[])[]): void | Promise<void>;
  /** Called once, when no more will come; also after an abort or a failure. */
  end(): void | Promise<void>;
}

/** Makes text of tokens as they come. */
export interface TokenDecoder {
  /** The text that is certain with the next id. */
  push(id: number): string | Promise<string>;
  /** What was held back. */
  end(): string | Promise<string>;
}

/** A tokenizer or processor of this package, here or in a worker. */
export interface StreamTokenizer {
  /** A decoder for one text. */
  streamDecoder(options?: { skipSpecialTokens?: boolean }): TokenDecoder | Promise<TokenDecoder>;
}

/**
 * transformers' GenerationConfig in camelCase. null stands for "not set", also where the checkpoint sets something. What
 * transformers has dropped, or does not have for this model, throws.
 */
export interface GenerationSettings {
  /** How many tokens at most, the decoder's prompt not counted; 20 if nothing says otherwise. */
  maxNewTokens?: number | null | undefined;
  /** Until so many tokens, none that ends the answer is chosen. */
  minNewTokens?: number | null | undefined;
  /** Like `maxNewTokens`, with the decoder's prompt counted; `maxNewTokens` goes first. */
  maxLength?: number | null | undefined;
  /** Like `minNewTokens`, with the decoder's prompt counted; `minNewTokens` goes first. */
  minLength?: number | null | undefined;
  /** Seconds after which the step under way is the last. */
  maxTime?: number | null | undefined;
  /** Texts that end an answer as soon as they are in it; needs `tokenizer`. */
  stopStrings?: string | readonly string[] | null | undefined;
  /** The token or tokens that end an answer; null for none. */
  eosTokenId?: number | readonly number[] | null | undefined;
  /** What follows the end of a row that ended before others. @default the first that ends an answer */
  padTokenId?: number | null | undefined;
  /** What the decoder begins with, unless `decoderStartTokenId` says otherwise. */
  bosTokenId?: number | null | undefined;
  /** What the decoder begins with; one for each row if there are several. */
  decoderStartTokenId?: number | readonly number[] | null | undefined;
  /** Draws tokens with their probabilities instead of taking the likeliest. @default false */
  doSample?: boolean | null | undefined;
  /** Divides the scores: below 1 makes likely tokens likelier. Above 0. When sampling, as all that follow up to `etaCutoff`. @default 1 */
  temperature?: number | null | undefined;
  /** Keeps this many of the likeliest tokens; 0 or null for all. @default 50 */
  topK?: number | null | undefined;
  /** Keeps the fewest of the likeliest tokens whose probabilities add up to this. @default 1 */
  topP?: number | null | undefined;
  /** Keeps tokens at least this many times as likely as the likeliest. */
  minP?: number | null | undefined;
  /** Keeps the likeliest tokens whose share of the entropy is within this fraction of it. */
  topH?: number | null | undefined;
  /** Keeps tokens whose information is nearest to the entropy, up to this mass. @default 1 */
  typicalP?: number | null | undefined;
  /** Keeps tokens of at least this probability. @default 0 */
  epsilonCutoff?: number | null | undefined;
  /** As `epsilonCutoff`, with a lower limit where the entropy is high. @default 0 */
  etaCutoff?: number | null | undefined;
  /** Answers for each input. Above 1 it needs `doSample` or `numBeams`. @default 1 */
  numReturnSequences?: number | null | undefined;
  /** Beams that a search keeps for each input; 1 searches for none. @default 1 */
  numBeams?: number | null | undefined;
  /** The scores of beams are divided by their length to this power: above 0 favours long ones. @default 1 */
  lengthPenalty?: number | null | undefined;
  /** When a search ends: at `numBeams` finished ones, when better ones are unlikely, or when there can be none. @default false */
  earlyStopping?: boolean | "never" | null | undefined;
  /** Above 1 avoids tokens that the answer has, below 1 favours them. @default 1 */
  repetitionPenalty?: number | null | undefined;
  /** Above 1 favours tokens of the encoder's input, below 1 avoids them. @default 1 */
  encoderRepetitionPenalty?: number | null | undefined;
  /** No sequence of so many tokens comes twice; 0 is off. @default 0 */
  noRepeatNgramSize?: number | null | undefined;
  /** No sequence of so many tokens of the encoder's input comes; 0 is off. @default 0 */
  encoderNoRepeatNgramSize?: number | null | undefined;
  /** Sequences of tokens that do not come. */
  badWordsIds?: readonly (readonly number[])[] | null | undefined;
  /** What is added to the score of the token that would complete a sequence. */
  sequenceBias?: readonly (readonly [ids: readonly number[], bias: number | "Infinity" | "-Infinity"])[] | null | undefined;
  /** Tokens that do not come. */
  suppressTokens?: readonly number[] | null | undefined;
  /** Tokens that do not come first. */
  beginSuppressTokens?: readonly number[] | null | undefined;
  /** The first token after the start token. */
  forcedBosTokenId?: number | null | undefined;
  /** The last token where the length limit is reached. */
  forcedEosTokenId?: number | readonly number[] | null | undefined;
  /** After so many tokens the end becomes likelier, by the factor for each token more. */
  exponentialDecayLengthPenalty?: readonly [start: number, factor: number] | null | undefined;
  /** Makes NaN 0 and infinite logits finite. @default false */
  removeInvalidValues?: boolean | null | undefined;
  /** Makes log-probabilities of the scores after all processing. @default false */
  renormalizeLogits?: boolean | null | undefined;
  /** Marks the text. */
  watermarkingConfig?: Partial<WatermarkingConfig> | null | undefined;
  /** Whether keys and values of earlier tokens are kept; without, all is computed anew each step, with the same results. @default true */
  useCache?: boolean | null | undefined;
  /**
   * Guesses so many tokens ahead and reads them at once: copied from where the answer's last tokens stand in the encoder's input,
   * or else in the answer. The answer stays the same; what copies its input comes faster. For one row.
   */
  promptLookupNumTokens?: number | null | undefined;
  /** How many of the answer's last tokens `promptLookupNumTokens` looks for at the most. @default 2 */
  maxMatchingNgramSize?: number | null | undefined;
  /** How many tokens `assistantModel` drafts at a time, at first. @default what the assistant's `generationConfig` says, else 20 */
  numAssistantTokens?: number | null | undefined;
  /**
   * "constant", or a draft grows by 2 tokens after one that proved right and shrinks by 1 after another; "heuristic" goes on from there in
   * the next call with the same assistant. @default what the assistant's `generationConfig` says, else "constant"
   */
  numAssistantTokensSchedule?: AssistantSchedule | (string & {}) | null | undefined;
  /** A draft ends with a token that the assistant thinks less likely than this. @default what the assistant's `generationConfig` says, else 0.4 */
  assistantConfidenceThreshold?: number | null | undefined;
  /** Returns the scores that tokens were chosen from. @default false */
  outputScores?: boolean | null | undefined;
  /** Returns the model's own logits. @default false */
  outputLogits?: boolean | null | undefined;
  /** Returns the attention weights of encoder and decoder. @default false */
  outputAttentions?: boolean | null | undefined;
  /** Returns the hidden states of encoder and decoder. @default false */
  outputHiddenStates?: boolean | null | undefined;
  /** Changes nothing: the result is always an object with what was asked for. */
  returnDictInGenerate?: boolean | null | undefined;
}

/** How to generate. What is left out comes from `generationConfig`, and then from the checkpoint's `generation_config.json`. */
export interface GenerateOptions extends GenerationSettings {
  /** Settings for this call; null in it is "not set", so that the checkpoint's count. */
  generationConfig?: GenerationSettings | undefined;
  /** For sampling: the same seed draws the same tokens on the same device. @default a random one */
  seed?: number | undefined;
  /** Returns the log-probability of each chosen token, and so many of the likeliest. Not with beams. */
  logprobs?: number | null | undefined;
  /** Change the scores after the built-in processors, and before the sampling filters. */
  logitsProcessors?: readonly LogitsProcessor[] | undefined;
  /** What every answer has to fit; needs `tokenizer`. Goes after everything else that changes scores. Not with beams. */
  constraint?: Constraint | null | undefined;
  /**
   * A smaller model with the same vocabulary, on the same device, that drafts tokens for this one to check several at a time. It reads
   * the input with its own encoder. The answer stays the same, draws for a seed included. Drafts heed the built-in options, not `logitsProcessors` and
   * `constraint`, which the answer heeds all the same. For one row.
   */
  assistantModel?: AssistantModel | null | undefined;
  /** Allows each row only some tokens; those that options force come all the same. */
  prefixAllowedTokensFn?: PrefixAllowedTokens | null | undefined;
  /** End rows besides the built-in rules. */
  stoppingCriteria?: readonly StoppingCriterion[] | undefined;
  /** The model's tokenizer or processor: `stopStrings` need it, and `stream` makes text with it. */
  tokenizer?: StreamTokenizer | undefined;
  /**
   * Milliseconds that a token may wait for those after it, where the device goes on by itself and its tokens are read back in
   * chunks. 0 reads back each. @default 100
   */
  streamLatency?: number | undefined;
  /** Takes the tokens as they come. Not with beams. */
  streamer?: Streamer | undefined;
  /** Ends the generation; what was generated so far is returned with the finish reason "abort". */
  signal?: AbortSignal | undefined;
}

type NoKeyIsMissing<All, Listed extends keyof All> = Exclude<keyof All, Listed> extends never ? readonly Listed[] : never;

/** The keys of {@link GenerationSettings}. */
const SETTINGS = [
  "maxNewTokens", "minNewTokens", "maxLength", "minLength", "maxTime", "stopStrings",
  "eosTokenId", "padTokenId", "bosTokenId", "decoderStartTokenId",
  "doSample", "temperature", "topK", "topP", "minP", "topH", "typicalP", "epsilonCutoff", "etaCutoff",
  "numReturnSequences", "numBeams", "lengthPenalty", "earlyStopping",
  "repetitionPenalty", "encoderRepetitionPenalty", "noRepeatNgramSize", "encoderNoRepeatNgramSize", "badWordsIds", "sequenceBias",
  "suppressTokens", "beginSuppressTokens", "forcedBosTokenId", "forcedEosTokenId", "exponentialDecayLengthPenalty",
  "removeInvalidValues", "renormalizeLogits", "watermarkingConfig",
  "useCache", "promptLookupNumTokens", "maxMatchingNgramSize",
  "numAssistantTokens", "numAssistantTokensSchedule", "assistantConfidenceThreshold",
  "outputScores", "outputLogits", "outputAttentions", "outputHiddenStates", "returnDictInGenerate",
] as const satisfies readonly (keyof GenerationSettings)[];

const COMPLETE: NoKeyIsMissing<GenerationSettings, (typeof SETTINGS)[number]> = SETTINGS;

/** The keys of a generation config, those that are refused among them. */
export const GENERATION_CONFIG_KEYS: readonly string[] = [...COMPLETE, ...Object.keys(REFUSED)];

/** The keys that `generate` takes besides a model's inputs. */
export const GENERATE_OPTION_KEYS: readonly string[] = [
  ...GENERATION_CONFIG_KEYS,
  "generationConfig",
  "streamLatency",
  "seed",
  "logprobs",
  "logitsProcessors",
  "constraint",
  "assistantModel",
  "prefixAllowedTokensFn",
  "stoppingCriteria",
  "tokenizer",
  "streamer",
  "signal",
];
