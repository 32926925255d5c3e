import { InputError } from "../errors.js";
import { describe } from "../options.js";

/** What a chat template may see: JSON's kinds and nothing else. */
export type PlainData = null | boolean | number | string | PlainData[] | { [key: string]: PlainData };

/** Far more than any conversation has. */
const MAX_DEPTH = 200;

/**
 * Copies a value in JSON's kinds. Anything else (a picture's bytes, a file, a function) becomes a placeholder that names
 * its type, as officially: templates look whether a key is there, not at what it holds. Entries that are undefined go.
 *
 * @throws InputError for values that are nested without end
 */
export function toPlainData(value: unknown, depth = 0): PlainData {
  if (depth > MAX_DEPTH) throw new InputError("a chat's values are nested too deep, or contain themselves");
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string") return value;
  if (Array.isArray(value)) return value.map((item) => toPlainData(item, depth + 1));
  if (!isRecord(value)) return `<${describe(value)}>`;
  const copy: { [key: string]: PlainData } = {};
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) Object.defineProperty(copy, key, { value: toPlainData(item, depth + 1), enumerable: true, writable: true });
  }
  return copy;
}

/** Applies `change` to each string, keys aside. */
export function mapStrings(data: PlainData, change: (text: string) => string): PlainData {
  if (typeof data === "string") return change(data);
  if (Array.isArray(data)) return data.map((item) => mapStrings(item, change));
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([key, item]) => [key, mapStrings(item, change)]));
}

/** Every string, keys aside. */
export function collectStrings(data: PlainData): string[] {
  const strings: string[] = [];
  mapStrings(data, (text) => {
    strings.push(text);
    return text;
  });
  return strings;
}

/** Whether a value is an object literal, or one like it, and no instance of a class. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}
