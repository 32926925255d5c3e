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
  /** Whether Python has a float there, which it writes with a decimal point. */
  readonly isDecimal?: boolean;
}

/** Fields by their camelCase names. */
export type FieldTable = Readonly<Record<string, Field<unknown>>>;

/** The fields of a table under their camelCase names. */
export type FieldValues<Table> = { readonly [Name in keyof Table]: Table[Name] extends Field<infer T> ? T : never };

/** Whether a JSON value is an object. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A ConfigError about one field: its path stands first in the message, and in `details.field`. */
export function fieldError(field: string, reason: string): ConfigError {
  return new ConfigError(`${field}: ${reason}`, { details: { field } });
}

/** Refuses a `model_type` that belongs to another class. */
export function checkModelType(json: JsonObject, modelType: string, path: string): void {
  if (json.model_type === undefined || json.model_type === modelType) return;
  throw fieldError(joinPath(path, "model_type"), `must be "${modelType}", not ${shorten(json.model_type)}`);
}

/**
 * Reads a table's fields from JSON; `path` is where the object lies, for messages.
 *
 * @throws ConfigError naming the first field that is not what it must be
 */
export function readFields<Table extends FieldTable>(table: Table, json: JsonObject, path: string): FieldValues<Table> {
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(table)) {
    const value = json[field.key];
    values[name] = value === undefined ? field.fallback : value;
    if (value !== undefined) checkField(field, value, path);
  }
  return values as FieldValues<Table>;
}

/** @throws ConfigError if the value is not what the field must be */
export function checkField(field: Field<unknown>, value: JsonValue, path: string): void {
  const complaint = field.complaint(value);
  if (complaint !== undefined) throw fieldError(joinPath(path, field.key), `must be ${complaint}, not ${shorten(value)}`);
}

/**
 * JSON of what a constructor was given: camelCase fields get the spelling of the files; what has no capital letter is JSON
 * already and is kept, known or not.
 *
 * @param spellings further camelCase names and what the files call them
 * @throws ConfigError naming a camelCase field that doesn't exist
 */
export function toFileSpelling(table: FieldTable, values: object, where: string, spellings: Readonly<Record<string, string>> = {}): JsonObject {
  if (typeof values !== "object" || values === null || Array.isArray(values)) throw fieldError(where, "must be an object");
  const json: JsonObject = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const key = own(table, name)?.key ?? own(spellings, name);
    if (key === undefined && /[A-Z]/.test(name)) {
      const known = [...Object.keys(table), ...Object.keys(spellings)].join(", ");
      throw new ConfigError(`${where}: unknown field "${name}"; known fields: ${known}`, { details: { field: name } });
    }
    json[key ?? name] = toJson(value, name);
  }
  return json;
}

/** A deep copy that is JSON for certain: other configurations become theirs, infinities their names. */
export function toJson(value: unknown, name: string): JsonValue {
  const text = JSON.stringify(value, (_, item: unknown) => (typeof item === "number" && !Number.isFinite(item) ? String(item) : item)) as string | undefined;
  if (text === undefined) throw fieldError(name, `must be JSON, not a ${typeof value}`);
  return JSON.parse(text) as JsonValue;
}

export function joinPath(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

/** JSON in a length that fits a message. */
export function shorten(value: JsonValue): string {
  const said = JSON.stringify(value);
  return said.length > 60 ? `${said.slice(0, 57)}...` : said;
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
