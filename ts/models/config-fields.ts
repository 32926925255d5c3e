import { ConfigError } from "../errors.js";

/** What JSON can hold. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

/** A JSON object, such as the content of `config.json`. */
export interface JsonObject {
  [key: string]: JsonValue;
}

/** One field of a configuration: its name in the JSON, its default, and how it is checked. */
export interface Field<T> {
  readonly key: string;
  readonly fallback: T;
  /** Says what the value must be, or undefined if it is that. */
  readonly complaint: (value: JsonValue) => string | undefined;
}

/** The fields of a table under their camelCase names. */
export type FieldValues<Table> = { readonly [Name in keyof Table]: Table[Name] extends Field<infer T> ? T : never };

type Check = (value: JsonValue) => string | undefined;

const isWhole: Check = (value) => (Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : "a whole number");
const isNumber: Check = (value) => (typeof value === "number" && Number.isFinite(value) ? undefined : "a number");
const isFlag: Check = (value) => (typeof value === "boolean" ? undefined : "true or false");
const isText: Check = (value) => (typeof value === "string" ? undefined : "a string");
const isIds: Check = (value) =>
  isWhole(value) === undefined || (Array.isArray(value) && value.every((id) => isWhole(id) === undefined))
    ? undefined
    : "a token id or a list of them";
const isTexts: Check = (value) =>
  Array.isArray(value) && value.every((item) => typeof item === "string") ? undefined : "a list of strings";

/** Whether a JSON value is an object. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const orNull =
  (check: Check): Check =>
  (value) => {
    const complaint = value === null ? undefined : check(value);
    return complaint === undefined ? undefined : `${complaint} or null`;
  };

export const whole = (key: string, fallback: number): Field<number> => ({ key, fallback, complaint: isWhole });
export const number = (key: string, fallback: number): Field<number> => ({ key, fallback, complaint: isNumber });
export const flag = (key: string, fallback: boolean): Field<boolean> => ({ key, fallback, complaint: isFlag });
export const text = (key: string, fallback: string): Field<string> => ({ key, fallback, complaint: isText });
export const wholeOrNull = (key: string, fallback: number | null): Field<number | null> => ({
  key,
  fallback,
  complaint: orNull(isWhole),
});
export const numberOrNull = (key: string, fallback: number | null): Field<number | null> => ({
  key,
  fallback,
  complaint: orNull(isNumber),
});
export const ids = (key: string, fallback: number | null): Field<number | readonly number[] | null> => ({
  key,
  fallback,
  complaint: orNull(isIds),
});
export const textsOrNull = (key: string): Field<readonly string[] | null> => ({
  key,
  fallback: null,
  complaint: orNull(isTexts),
});

/** An object or null, whose content is somebody else's to check. */
export const objectOrNull = (key: string): Field<JsonObject | null> => ({
  key,
  fallback: null,
  complaint: (value) => (value === null || isObject(value) ? undefined : "an object or null"),
});

/** A number, or two of them for height and width. */
export const size = (key: string, fallback: number): Field<number | readonly number[]> => ({
  key,
  fallback,
  complaint: (value) =>
    isWhole(value) === undefined || (Array.isArray(value) && value.length === 2 && value.every((side) => isWhole(side) === undefined))
      ? undefined
      : "a whole number or two of them",
});

/** Refuses a `model_type` that belongs to another class. */
export function checkModelType(json: JsonObject, modelType: string, path: string): void {
  if (json.model_type === undefined || json.model_type === modelType) return;
  const at = joinPath(path, "model_type");
  throw new ConfigError(`${at}: must be "${modelType}", not ${JSON.stringify(json.model_type)}`, { details: { field: at } });
}

/**
 * Reads a table's fields from JSON; `path` is where the object lies, for messages.
 *
 * @throws ConfigError naming the first field that is not what it must be
 */
export function readFields<Table extends Record<string, Field<unknown>>>(
  table: Table,
  json: JsonObject,
  path: string,
): FieldValues<Table> {
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(table)) {
    const value = json[field.key];
    if (value === undefined) {
      values[name] = field.fallback;
      continue;
    }
    const complaint = field.complaint(value);
    if (complaint !== undefined) {
      const at = joinPath(path, field.key);
      throw new ConfigError(`${at}: must be ${complaint}, not ${shorten(value)}`, { details: { field: at } });
    }
    values[name] = value;
  }
  return values as FieldValues<Table>;
}

/**
 * JSON of what a constructor was given: camelCase fields get the spelling of the files; what has no capital letter is JSON
 * already and is kept, known or not.
 *
 * @throws ConfigError naming a camelCase field that doesn't exist
 */
export function toFileSpelling(table: Record<string, Field<unknown>>, values: object, where: string): JsonObject {
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw new ConfigError(`${where}: must be an object`, { details: { field: where } });
  }
  const json: JsonObject = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const field = Object.hasOwn(table, name) ? table[name] : undefined;
    if (field === undefined && /[A-Z]/.test(name)) {
      throw new ConfigError(`${where}: unknown field "${name}"; known fields: ${Object.keys(table).join(", ")}`, {
        details: { field: name },
      });
    }
    json[field?.key ?? name] = toJson(value);
  }
  return json;
}

/** A deep copy that is JSON for certain: other configurations become theirs. */
function toJson(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

export function joinPath(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function shorten(value: JsonValue): string {
  const said = JSON.stringify(value);
  return said.length > 60 ? `${said.slice(0, 57)}...` : said;
}
