import { InputError } from "../errors.js";
import { checkOptions } from "../options.js";
import { count, flag, number, read, shown, wholes } from "./checks.js";
import type { Settings } from "./settings.js";

/** What acts on scores, with the names and in the form that the core reads. Neutral values are left out. */
export type LogitsOptions = Readonly<Record<string, unknown>>;

const WATERMARKING = ["greenlistRatio", "bias", "hashingKey", "seedingScheme", "contextWidth"];

const FACTORS = ["repetitionPenalty", "encoderRepetitionPenalty"];
const SIZES = ["noRepeatNgramSize", "encoderNoRepeatNgramSize"];
const FLAGS = ["removeInvalidValues", "renormalizeLogits"];
const TOKENS = ["forcedBosTokenId", "forcedEosTokenId", "suppressTokens", "beginSuppressTokens"];

/** Options that only sampling heeds, and what changes nothing. */
export const SAMPLING_ONLY: ReadonlyMap<string, number | undefined> = new Map([
  ["temperature", 1],
  ["topP", 1],
  ["minP", undefined],
  ["topH", undefined],
  ["typicalP", 1],
  ["epsilonCutoff", 0],
  ["etaCutoff", 0],
]);

/** @throws InputError naming an option of a wrong type; the core checks what values it may have */
export function readLogitsOptions(settings: Settings, doSample: boolean, minNewTokens: number): LogitsOptions {
  const options: Record<string, unknown> = {};
  const add = (name: string, value: unknown, neutral?: unknown): void => {
    if (value !== undefined && value !== neutral) options[snakeCase(name)] = value;
  };
  for (const name of FACTORS) add(name, read(settings, name, number), 1);
  for (const name of SIZES) add(name, read(settings, name, count), 0);
  for (const name of FLAGS) add(name, read(settings, name, flag), false);
  for (const name of TOKENS) {
    const value = settings.get(name);
    if (value === undefined || value === null) continue;
    add(name, typeof value === "number" && name.startsWith("forced") ? wholes(name, [value])[0] : wholes(name, value));
  }
  const words = settings.get("badWordsIds") ?? undefined;
  add("badWordsIds", words && list("badWordsIds", words).map((word, index) => wholes(`badWordsIds[${index}]`, word)));
  add("sequenceBias", sequenceBias(settings.get("sequenceBias")));
  add("exponentialDecayLengthPenalty", decay(settings.get("exponentialDecayLengthPenalty")));
  add("watermarkingConfig", watermarking(settings.get("watermarkingConfig")));
  add("minNewTokens", minNewTokens, 0);
  if (doSample) {
    for (const [name, neutral] of SAMPLING_ONLY) add(name, read(settings, name, number), neutral);
    // Unset it is 50, and set to nothing it is off.
    add("topK", settings.get("topK") === null ? 0 : read(settings, "topK", count));
  }
  return options;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function list(name: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new InputError(`${name}: must be an array, not ${shown(value)}`, { details: { option: name } });
}

/** JSON has no infinity; the core takes its name. */
function sequenceBias(value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  return list("sequenceBias", value).map((pair, index) => {
    const name = `sequenceBias[${index}]`;
    const [ids, bias, ...rest] = list(name, pair);
    if (rest.length > 0) throw new InputError(`${name}: must be token ids and a bias`, { details: { option: "sequenceBias" } });
    const isInfinite = bias === "Infinity" || bias === "-Infinity" || bias === Infinity || bias === -Infinity;
    const read = isInfinite ? String(bias) : number(`${name}[1]`, bias);
    if (read === undefined) throw new InputError(`${name}[1]: must be a number, not ${shown(bias)}`, { details: { option: "sequenceBias" } });
    return [wholes(`${name}[0]`, ids), read];
  });
}

function decay(value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  const [start, factor, ...rest] = list("exponentialDecayLengthPenalty", value);
  if (rest.length === 0 && Number.isSafeInteger(start) && typeof factor === "number" && Number.isFinite(factor)) return [start, factor];
  throw new InputError("exponentialDecayLengthPenalty: must be a whole number and a finite factor", {
    details: { option: "exponentialDecayLengthPenalty" },
  });
}

function watermarking(value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  // A checkpoint's file has the other spelling within.
  const given = Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), item]));
  checkOptions("watermarkingConfig", typeof value === "object" && !Array.isArray(value) ? given : value, WATERMARKING);
  const { seedingScheme, ...numbers } = given;
  const read = Object.entries(numbers).map(([key, item]) => [snakeCase(key), number(`watermarkingConfig.${key}`, item)] as const);
  const set = read.filter(([, item]) => item !== undefined);
  return { ...Object.fromEntries(set), ...(seedingScheme !== undefined && { seeding_scheme: seedingScheme }) };
}
