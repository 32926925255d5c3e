import { InputError } from "../errors.js";
import { type Assistance, ASSISTANT_ONLY, type AssistantModel, planAssistance } from "./assistance.js";
import { count, flag, number, oneOf, read, token, tokens } from "./checks.js";
import { planLengths } from "./lengths.js";
import { type LogitsOptions, readLogitsOptions, SAMPLING_ONLY } from "./logits-options.js";
import { refuse } from "./refused.js";
import type { Settings } from "./settings.js";

/** What a generation needs to know, all defaults applied. */
export interface GenerationPlan {
  readonly maxNewTokens: number;
  readonly eosTokenIds: readonly number[];
  readonly padTokenId: number;
  readonly logits: LogitsOptions;
  readonly doSample: boolean;
  readonly seed: number;
  readonly numBeams: number;
  readonly numReturnSequences: number;
  readonly lengthPenalty: number;
  readonly earlyStopping: boolean | "never";
  readonly useCache: boolean;
  /** 0 guesses none. */
  readonly promptLookupNumTokens: number;
  readonly maxMatchingNgramSize: number;
  /** How an assistant drafts. */
  readonly assistance: Assistance | undefined;
  /** In milliseconds. */
  readonly streamLatency: number;
  /** In seconds. */
  readonly maxTime: number | undefined;
  readonly stopStrings: readonly string[];
  readonly outputLogits: boolean;
  readonly outputScores: boolean;
  readonly outputHiddenStates: boolean;
  readonly outputAttentions: boolean;
  readonly logprobs: number | undefined;
  /** Whether the decoder's cache is handed out. */
  readonly returnsCache: boolean;
  /** A sentence for each option of the caller's that has no effect. */
  readonly warnings: readonly string[];
}

/**
 * Checks the options of a generation whose decoder begins with `promptLength` tokens.
 *
 * @throws InputError naming the option
 */
export function planGeneration(settings: Settings, promptLength: number, vocabSize: number, assistant?: AssistantModel): GenerationPlan {
  refuse(settings.given, settings.checkpoint);
  const doSample = read(settings, "doSample", flag);
  const numBeams = atLeastOne("numBeams", read(settings, "numBeams", count) ?? 1);
  const { maxNewTokens, minNewTokens } = planLengths(settings, promptLength);
  const eosTokenIds = tokens("eosTokenId", settings.get("eosTokenId"), vocabSize);
  return {
    maxNewTokens,
    eosTokenIds,
    padTokenId: token("padTokenId", settings.get("padTokenId"), vocabSize) ?? eosTokenIds[0] ?? 0,
    logits: readLogitsOptions(settings, doSample, minNewTokens),
    doSample,
    seed: read(settings, "seed", seed) ?? (doSample ? randomSeed() : 0),
    numBeams,
    numReturnSequences: atLeastOne("numReturnSequences", read(settings, "numReturnSequences", count) ?? 1),
    lengthPenalty: read(settings, "lengthPenalty", number) ?? 1,
    earlyStopping: oneOf<boolean | "never">("earlyStopping", settings.get("earlyStopping"), [true, false, "never"], false),
    useCache: settings.get("useCache") === undefined || settings.get("useCache") === null || read(settings, "useCache", flag),
    promptLookupNumTokens: guesses(settings),
    maxMatchingNgramSize: atLeastOne("maxMatchingNgramSize", read(settings, "maxMatchingNgramSize", count) ?? 2),
    assistance: assistant && planAssistance(settings, assistant),
    streamLatency: latency(read(settings, "streamLatency", number) ?? 100),
    maxTime: positive("maxTime", read(settings, "maxTime", number)),
    stopStrings: strings("stopStrings", settings.get("stopStrings")),
    outputLogits: output(settings, "outputLogits"),
    outputScores: output(settings, "outputScores"),
    outputHiddenStates: output(settings, "outputHiddenStates"),
    outputAttentions: output(settings, "outputAttentions"),
    logprobs: read(settings, "logprobs", count),
    returnsCache: read(settings, "returnDictInGenerate", flag),
    warnings: idle(settings.given, doSample, numBeams, assistant !== undefined),
  };
}

function guesses(settings: Settings): number {
  const wanted = read(settings, "promptLookupNumTokens", count);
  return wanted === undefined ? 0 : atLeastOne("promptLookupNumTokens", wanted);
}

/** A configuration's wish counts only with returnDictInGenerate, as in the oracle; the caller's always. */
function output(settings: Settings, name: string): boolean {
  const wanted = read(settings, name, flag);
  return wanted && (settings.isOption(name) || read(settings, "returnDictInGenerate", flag));
}

function seed(name: string, value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new InputError(`${name}: must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`, { details: { option: name } });
}

function randomSeed(): number {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number];
  return (high % 2 ** 21) * 2 ** 32 + low;
}

function atLeastOne(name: string, value: number): number {
  if (value >= 1) return value;
  throw new InputError(`${name}: must be at least 1, not ${value}`, { details: { option: name } });
}

function positive(name: string, value: number | undefined): number | undefined {
  if (value === undefined || value > 0) return value;
  throw new InputError(`${name}: must be above 0, in seconds, not ${value}`, { details: { option: name } });
}

function latency(value: number): number {
  if (value >= 0) return value;
  throw new InputError(`streamLatency: must be at least 0, in milliseconds, not ${value}`, { details: { option: "streamLatency" } });
}

function strings(name: string, value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  const bad = all.findIndex((text) => typeof text !== "string" || text === "");
  if (bad < 0) return all as readonly string[];
  throw new InputError(`${name}: must be a text or texts, none of them empty`, { details: { option: name, index: bad } });
}

/** What the caller set and nothing heeds: the oracle warns of it. */
function idle(given: Readonly<Record<string, unknown>>, doSample: boolean, numBeams: number, isAssisted: boolean): string[] {
  const isSet = (name: string, neutral: unknown): boolean => given[name] !== undefined && given[name] !== null && given[name] !== neutral;
  const warnings: string[] = [];
  if (!doSample) {
    const names = [...SAMPLING_ONLY, ["topK", 50], ["seed", undefined]] as const;
    warnings.push(...names.filter(([name, neutral]) => isSet(name, neutral)).map(([name]) => `${name}: has an effect only with doSample: true`));
  }
  if (numBeams === 1) {
    const names = [["earlyStopping", false], ["lengthPenalty", 1]] as const;
    warnings.push(...names.filter(([name, neutral]) => isSet(name, neutral)).map(([name]) => `${name}: has an effect only with numBeams above 1`));
  }
  if (!isAssisted) {
    const names = ASSISTANT_ONLY.filter((name) => isSet(name, undefined));
    warnings.push(...names.map((name) => `${name}: has an effect only with assistantModel`));
  }
  return warnings;
}
