import { InputError } from "../errors.js";
import { checkOptions, describe } from "../options.js";
import { javascriptRegex } from "./javascript-regex.js";

/**
 * What an answer has to fit as a whole. It may end only where it fits, and ends where nothing else may follow; one that is cut
 * off at the limit of tokens is the beginning of one that fits.
 *
 * - `jsonSchema`: JSON under a JSON Schema, whose keywords are those of llguidance. Between its parts may be a space, or a line break
 *   and up to 32 spaces; with `compact` nothing.
 * - `regex`: in JavaScript's syntax, without look-around, back references, `\b` and the flags m and v.
 * - `choices`: one of these texts.
 */
export type Constraint =
  | { readonly jsonSchema: Readonly<Record<string, unknown>>; readonly compact?: boolean | undefined }
  | { readonly regex: string | RegExp }
  | { readonly choices: readonly string[] };

/** A constraint as the grammar binary reads it. */
export interface CheckedConstraint {
  readonly kind: "jsonSchema" | "regex" | "choices";
  readonly source: string;
  readonly compact: boolean;
}

/** @throws InputError that says what is wrong */
export function checkConstraint(value: unknown): CheckedConstraint | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "object") throw wrong("", `must be an object, not ${describe(value)}`);
  checkOptions("constraint", value, ["jsonSchema", "compact", "regex", "choices"]);
  const { jsonSchema, compact, regex, choices } = value as Readonly<Record<string, unknown>>;
  const given = [jsonSchema, regex, choices].filter((each) => each !== undefined);
  if (given.length !== 1) throw wrong("", `must have one of jsonSchema, regex and choices, not ${given.length}`);
  if (compact !== undefined && (typeof compact !== "boolean" || jsonSchema === undefined)) throw wrong(".compact", "must be true or false, beside a jsonSchema");
  if (jsonSchema !== undefined) {
    if (typeof jsonSchema !== "object" || jsonSchema === null || Array.isArray(jsonSchema)) throw wrong(".jsonSchema", `must be an object, not ${describe(jsonSchema)}`);
    return { kind: "jsonSchema", source: written(jsonSchema), compact: compact === true };
  }
  if (regex !== undefined) {
    if (typeof regex !== "string" && !(regex instanceof RegExp)) throw wrong(".regex", `must be a string or a RegExp, not ${describe(regex)}`);
    return { kind: "regex", source: javascriptRegex(regex), compact: false };
  }
  const isFit = Array.isArray(choices) && choices.length > 0 && choices.every((choice) => typeof choice === "string");
  if (!isFit) throw wrong(".choices", "must be strings, at least one");
  const broken = (choices as readonly string[]).findIndex((choice) => /\p{Surrogate}/u.test(choice));
  if (broken >= 0) throw wrong(`.choices[${broken}]`, "has half of a character (an unpaired surrogate), which no token has");
  return { kind: "choices", source: JSON.stringify(choices), compact: false };
}

function written(schema: object): string {
  try {
    return JSON.stringify(schema);
  } catch (cause) {
    throw wrong(".jsonSchema", `can't be written as JSON: ${(cause as Error).message}`);
  }
}

function wrong(where: string, reason: string): InputError {
  return new InputError(`constraint${where}: ${reason}`, { details: { option: "constraint" } });
}
