import { InputError } from "../errors.js";
import { checkOptions, describe } from "../options.js";
import type { AddedTokenJson } from "./tokenizer-json.js";

/** A token that is looked for in text before anything else happens to it. */
export interface AddedToken {
  content: string;
  /** Whether it counts only as a word of its own. @default false */
  singleWord?: boolean;
  /** Whether it takes the spaces before it. @default false */
  lstrip?: boolean;
  /** Whether it takes the spaces after it. @default false */
  rstrip?: boolean;
  /** Whether it is looked for in text that was normalized, so as the tokenizer spells it. @default true, but for special tokens */
  normalized?: boolean;
  /** Whether decoding may leave it out. */
  special?: boolean;
}

const KEYS = ["content", "singleWord", "lstrip", "rstrip", "normalized", "special"] as const satisfies readonly (keyof AddedToken)[];

/**
 * A token as tokenizer.json has it.
 *
 * @param name what the caller calls it, for messages
 * @param special what it is where it does not say
 * @throws InputError for anything but a text or an object that describes one
 */
export function toAddedToken(name: string, value: unknown, special: boolean): Omit<AddedTokenJson, "id"> {
  if (typeof value === "string") return { content: value, special, normalized: !special };
  if (typeof value !== "object" || value === null) throw new InputError(`${name} must be a string or { content, ... }, not ${describe(value)}`);
  checkOptions(name, value, KEYS);
  const { content, singleWord = false, lstrip = false, rstrip = false, ...given } = value as AddedToken;
  const own = given.special ?? special;
  const { normalized = !own } = given;
  if (typeof content !== "string") throw new InputError(`${name}.content must be a string, not ${describe(content)}`);
  for (const [key, flag] of Object.entries({ singleWord, lstrip, rstrip, normalized, special: own })) {
    if (typeof flag !== "boolean") throw new InputError(`${name}.${key} must be true or false, not ${describe(flag)}`);
  }
  return { content, single_word: singleWord, lstrip, rstrip, normalized, special: own };
}
