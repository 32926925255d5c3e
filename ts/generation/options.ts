import { InputError } from "../errors.js";
import { describe } from "../options.js";
import { complain, CALLERS_ALONE, NEUTRAL, SAMPLING_ONLY } from "./unimplemented.js";

/** Takes tokens while they are generated. */
export interface Streamer {
  /** The ids that were added, one array a row: first the decoder's prompt, then one id a row and step. */
  put(added: readonly (readonly number[])[]): void | Promise<void>;
  /** Called once, when no more will come; also after an abort or a failure. */
  end(): void | Promise<void>;
}

/**
 * How to generate: transformers' GenerationConfig in camelCase. What is left out comes from the checkpoint's
 * `generation_config.json`; what isn't implemented throws unless it has its neutral value.
 */
export interface GenerateOptions {
  /** How many tokens at most, the decoder's prompt not counted; 20 if nothing says otherwise. */
  maxNewTokens?: number | undefined;
  /** Until so many tokens, none that ends the answer is chosen. */
  minNewTokens?: number | undefined;
  /** Like `maxNewTokens`, with the decoder's prompt counted; `maxNewTokens` goes first. */
  maxLength?: number | undefined;
  /** Like `minNewTokens`, with the decoder's prompt counted; `minNewTokens` goes first. */
  minLength?: number | undefined;
  /** The token or tokens that end an answer; null for none. */
  eosTokenId?: number | readonly number[] | null | undefined;
  /** What follows the end of a row that ended before others. */
  padTokenId?: number | null | undefined;
  /** What the decoder begins with, unless `decoderStartTokenId` says otherwise. */
  bosTokenId?: number | null | undefined;
  /** What the decoder begins with. */
  decoderStartTokenId?: number | null | undefined;
  /** Sampling is not implemented yet: only false. */
  doSample?: false | undefined;
  /** Beam search is not implemented yet: only 1. */
  numBeams?: 1 | undefined;
  /** Takes the tokens as they come. */
  streamer?: Streamer | undefined;
  /** Ends the generation; what was generated so far is returned with the finish reason "abort". */
  signal?: AbortSignal | undefined;
}

/** The keys that `generate` takes besides a model's inputs. */
export const GENERATE_OPTION_KEYS: readonly string[] = [
  "maxNewTokens",
  "minNewTokens",
  "maxLength",
  "minLength",
  "eosTokenId",
  "padTokenId",
  "bosTokenId",
  "decoderStartTokenId",
  "streamer",
  "signal",
  ...Object.keys(NEUTRAL),
  ...SAMPLING_ONLY,
];

/** A `generation_config.json` in camelCase; empty where the checkpoint has none. */
export type GenerationDefaults = Readonly<Record<string, unknown>>;

/** What a generation needs to know. */
export interface GenerationPlan {
  readonly maxNewTokens: number;
  readonly minNewTokens: number;
  readonly eosTokenIds: readonly number[];
  readonly padTokenId: number;
  readonly startTokenId: number;
}

/** The camelCase of a JSON file's name. */
export function camelCase(key: string): string {
  return key.replace(/(?<=[a-z0-9])_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Reads `generation_config.json`, or what stands in for it: the special tokens of the model's configuration. */
export function readGenerationDefaults(json: Readonly<Record<string, unknown>>): GenerationDefaults {
  return Object.fromEntries(
    Object.entries(json)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [camelCase(key), value]),
  );
}

/**
 * Refuses what isn't implemented, by options or by the checkpoint's defaults, unless it is neutral.
 *
 * @throws InputError naming the option
 */
export function checkImplemented(options: object, defaults: GenerationDefaults): void {
  const given = options as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(NEUTRAL)) {
    if (given[key] !== undefined) complain(key, given[key], "option");
    // The file's wish counts unless the caller overrode it.
    else if (defaults[key] !== undefined && !CALLERS_ALONE.has(key)) complain(key, defaults[key], "checkpoint");
  }
  for (const key of SAMPLING_ONLY) {
    if (given[key] === undefined || given[key] === null) continue;
    throw new InputError(`${key}: has an effect only on sampling, which is not implemented yet`, { details: { option: key } });
  }
}

/** Lengths and special tokens of a generation whose decoder begins with `promptLength` tokens. */
export function planGeneration(
  options: GenerateOptions,
  defaults: GenerationDefaults,
  promptLength: number,
  vocabSize: number,
): GenerationPlan {
  const pick = <K extends keyof GenerateOptions>(key: K): GenerateOptions[K] =>
    options[key] === undefined ? (defaults[key] as GenerateOptions[K]) : options[key];
  const eosTokenIds = tokenList("eosTokenId", pick("eosTokenId"), vocabSize);
  const padTokenId = token("padTokenId", pick("padTokenId"), vocabSize) ?? eosTokenIds[0] ?? 0;
  return { ...planLengths(options, defaults, promptLength), eosTokenIds, padTokenId, startTokenId: startToken(options, defaults, vocabSize) };
}

/** What the decoder begins with: decoderStartTokenId, or else bosTokenId. */
export function startToken(options: GenerateOptions, defaults: GenerationDefaults, vocabSize: number): number {
  const pick = (key: "decoderStartTokenId" | "bosTokenId"): unknown => (options[key] === undefined ? defaults[key] : options[key]);
  const start =
    token("decoderStartTokenId", pick("decoderStartTokenId"), vocabSize) ?? token("bosTokenId", pick("bosTokenId"), vocabSize);
  if (start !== undefined) return start;
  throw new InputError("decoderStartTokenId: neither it nor bosTokenId is set, by options or by the checkpoint", {
    details: { option: "decoderStartTokenId" },
  });
}

/** Puts the start token before a decoder prompt, unless one begins with it, as the oracle does. */
export function withStartToken(rows: readonly (readonly number[])[], start: number): number[][] {
  const bare = rows.every((row) => row[0] !== start);
  return rows.map((row) => (bare ? [start, ...row] : [...row]));
}

/**
 * The caller's limit goes first, then the checkpoint's; of two by the same, the one that counts new tokens. (The oracle lets a
 * checkpoint's max_new_tokens override the caller's max_length, and warns.)
 */
function planLengths(options: GenerateOptions, defaults: GenerationDefaults, promptLength: number): { maxNewTokens: number; minNewTokens: number } {
  const limit = (side: "max" | "min"): { value: number | undefined; name: string; isWhole: boolean } => {
    for (const from of [options as Readonly<Record<string, unknown>>, defaults]) {
      for (const [name, isWhole] of [[`${side}NewTokens`, false], [`${side}Length`, true]] as const) {
        const value = count(name, from[name]);
        if (value !== undefined) return { value, name, isWhole };
      }
    }
    return { value: undefined, name: `${side}NewTokens`, isWhole: false };
  };
  const max = limit("max");
  const maxNewTokens = max.value === undefined ? 20 : max.value - (max.isWhole ? promptLength : 0);
  if (maxNewTokens < 1) {
    const message = max.isWhole
      ? `maxLength: ${max.value} leaves no room after the ${promptLength} tokens that the decoder begins with`
      : `maxNewTokens: must be at least 1, not ${maxNewTokens}`;
    throw new InputError(message, { details: { option: max.name, maxNewTokens, promptLength } });
  }
  const min = limit("min");
  const minNewTokens = Math.max(0, (min.value ?? 0) - (min.isWhole ? promptLength : 0));
  if (minNewTokens > maxNewTokens) {
    throw new InputError(`${min.name}: asks for ${minNewTokens} new tokens, more than the ${maxNewTokens} that may come`, {
      details: { option: min.name, minNewTokens, maxNewTokens },
    });
  }
  return { maxNewTokens, minNewTokens };
}

function count(name: string, value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31) return value as number;
  throw new InputError(`${name}: must be a whole number, not ${shown(value)}`, { details: { option: name } });
}

function token(name: string, value: unknown, vocabSize: number): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < vocabSize) return value as number;
  throw new InputError(`${name}: must be a token id from 0 to ${vocabSize - 1}, not ${shown(value)}`, { details: { option: name } });
}

function tokenList(name: string, value: unknown, vocabSize: number): number[] {
  if (!Array.isArray(value)) {
    const single = token(name, value, vocabSize);
    return single === undefined ? [] : [single];
  }
  return value.map((item: unknown, index) => {
    const id = token(`${name}[${index}]`, item, vocabSize);
    if (id === undefined) throw new InputError(`${name}[${index}]: must be a token id, not ${shown(item)}`);
    return id;
  });
}

function shown(value: unknown): string {
  return typeof value === "number" || typeof value === "string" || typeof value === "boolean" ? JSON.stringify(value) : describe(value);
}

