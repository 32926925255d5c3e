import { InputError } from "../errors.js";
import { describe } from "../options.js";

/** A text, or the words of one. */
export type Text = string | readonly string[];

/** One text, or two that belong together. */
export type TextOrPair = readonly [first: Text, second: Text | null];

/** One text or several, as words where texts are split already. */
export type TextsInput = string | readonly string[] | readonly (readonly string[])[];

/** How a caller passed texts. */
export interface TextsGiven {
  text: TextsInput;
  textPair?: TextsInput | undefined;
  /** Whether texts are arrays of words. */
  isSplitIntoWords?: boolean | undefined;
}

/**
 * Texts with the text that belongs to each.
 *
 * @param where the call that got them, for messages
 * @param names what the caller calls the two arguments
 * @throws InputError for anything that is no text, and for texts and pairs that differ in number
 */
export function pairUp(
  where: string,
  { text, textPair, isSplitIntoWords = false }: TextsGiven,
  names: readonly [text: string, pair: string] = ["text", "textPair"],
): { texts: TextOrPair[]; isBatched: boolean } {
  const [name, pairName] = names;
  if (isSplitIntoWords && !Array.isArray(text)) throw new InputError(`${where}: ${name} must be an array of words, as isSplitIntoWords says, not ${describe(text)}`);
  if (typeof text !== "string" && !Array.isArray(text)) throw new InputError(`${where}: ${name} must be a string or an array of strings, not ${describe(text)}`);
  const isBatched = isSplitIntoWords ? Array.isArray(text[0]) : typeof text !== "string";
  if (!isBatched) {
    const second = textPair === undefined || textPair.length === 0 ? null : checked(where, pairName, textPair, isSplitIntoWords);
    return { texts: [[checked(where, name, text, isSplitIntoWords), second]], isBatched };
  }
  if (text.length === 0) throw new InputError(`${where}: at least one text is needed`);
  if (textPair !== undefined && (!Array.isArray(textPair) || textPair.length !== text.length)) {
    throw new InputError(`${where}: ${pairName} must be an array of ${text.length} ${isSplitIntoWords ? "arrays of words" : "strings"}, one for each text`);
  }
  const texts = (text as readonly unknown[]).map((first, index): TextOrPair => [
    checked(where, `${name}[${index}]`, first, isSplitIntoWords),
    textPair === undefined ? null : checked(where, `${pairName}[${index}]`, textPair[index], isSplitIntoWords),
  ]);
  return { texts, isBatched };
}

function checked(where: string, name: string, value: unknown, isSplitIntoWords: boolean): Text {
  if (!isSplitIntoWords) {
    if (typeof value === "string") return value;
    throw new InputError(`${where}: ${name} must be a string, not ${describe(value)}`);
  }
  if (!Array.isArray(value)) throw new InputError(`${where}: ${name} must be an array of words, not ${describe(value)}`);
  const odd = value.findIndex((word: unknown) => typeof word !== "string");
  if (odd >= 0) throw new InputError(`${where}: ${name}[${odd}] must be a string, not ${describe(value[odd])}`);
  return value as readonly string[];
}
