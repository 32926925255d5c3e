import { InputError } from "../errors.js";
import { describe } from "../options.js";
import type { Settings } from "./settings.js";

/** The largest whole number that the core counts with. */
const LARGEST = 2 ** 31 - 1;

/** A value in a message. */
export function shown(value: unknown): string {
  return typeof value === "number" ? String(value) : typeof value === "string" || typeof value === "boolean" ? JSON.stringify(value) : describe(value);
}

function wrong(name: string, value: unknown, wanted: string): InputError {
  return new InputError(`${name}: must be ${wanted}, not ${shown(value)}`, { details: { option: name } });
}

/** A whole number from 0, or undefined for "not set". */
export function count(name: string, value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= LARGEST) return value as number;
  throw wrong(name, value, "a whole number");
}

/** A finite number, or undefined for "not set". */
export function number(name: string, value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw wrong(name, value, "a finite number");
}

/** A boolean; false for "not set". */
export function flag(name: string, value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value === "boolean") return value;
  throw wrong(name, value, "true or false");
}

/** A token id, or undefined for "not set". */
export function token(name: string, value: unknown, vocabSize: number): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < vocabSize) return value as number;
  throw wrong(name, value, `a token id from 0 to ${vocabSize - 1}`);
}

/** Token ids, of a list or a single one; none for "not set". */
export function tokens(name: string, value: unknown, vocabSize: number): number[] {
  if (!Array.isArray(value)) {
    const single = token(name, value, vocabSize);
    return single === undefined ? [] : [single];
  }
  return value.map((item: unknown, index) => {
    const id = token(`${name}[${index}]`, item, vocabSize);
    if (id === undefined) throw wrong(`${name}[${index}]`, item, "a token id");
    return id;
  });
}

/** Whole numbers of 32 bits in an array, for whose values the core has words of its own. */
export function wholes(name: string, value: unknown): readonly number[] {
  if (!Array.isArray(value)) throw wrong(name, value, "an array of token ids");
  const bad = value.findIndex((item: unknown) => !Number.isInteger(item) || item !== ((item as number) | 0));
  if (bad >= 0) throw wrong(`${name}[${bad}]`, value[bad], "a token id");
  return value as readonly number[];
}

/** A function's array; none for "not set". */
export function functions<F>(name: string, value: readonly F[] | null | undefined): readonly F[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrong(name, value, "an array of functions");
  const bad = value.findIndex((item: unknown) => typeof item !== "function");
  if (bad >= 0) throw wrong(`${name}[${bad}]`, value[bad], "a function");
  return value;
}

/** An option that is one of a few. */
export function oneOf<T>(name: string, value: unknown, known: readonly T[], otherwise: T): T {
  if (value === undefined || value === null) return otherwise;
  if (known.includes(value as T)) return value as T;
  throw wrong(name, value, known.map((each) => JSON.stringify(each)).join(", "));
}

/** Shorthand for a setting's value through a check. */
export const read = <T>(settings: Settings, name: string, check: (name: string, value: unknown) => T): T => check(name, settings.get(name));
