import { InputError } from "../errors.js";
import { describe } from "../options.js";
import type { Tokenizer } from "../processing/tokenizer.js";
import type { CallOptions } from "../processing/tokenizer-types.js";
import type { TokenRow } from "./reading.js";

/** A text that `start` and `end` point into, and its words if it came as such. */
export interface ReadText {
  readonly sentence: string;
  readonly words: readonly string[] | undefined;
  /** Where each word begins in the sentence. */
  readonly wordStarts: readonly number[];
}

/** A part of a text that a model reads at once. */
export interface Chunk extends TokenRow {
  /** 1 for tokens that are not of the text. */
  readonly specialTokensMask: readonly number[];
  /** Where each token is in the sentence. */
  readonly offsets: readonly (readonly [start: number, end: number])[];
}

/** Reads a task's input. @throws InputError naming what is no text, or no word */
export function readTexts(
  input: unknown,
  { isSplitIntoWords = false, delimiter = " " }: { isSplitIntoWords?: boolean | undefined; delimiter?: string | undefined },
): { texts: ReadText[]; isBatched: boolean } {
  const isBatched = Array.isArray(input) && (!isSplitIntoWords || Array.isArray(input[0]));
  const items: readonly unknown[] = isBatched ? input : [input];
  if (items.length === 0) throw new InputError("token-classification: the input must hold at least one text");
  const texts = items.map((item, index): ReadText => {
    const name = isBatched ? `input[${index}]` : "the input";
    if (isSplitIntoWords) return joined(name, item, delimiter);
    if (typeof item !== "string") throw new InputError(`token-classification: ${name} must be a string, not ${describe(item)}`);
    return { sentence: item, words: undefined, wordStarts: [] };
  });
  return { texts, isBatched };
}

function joined(name: string, words: unknown, delimiter: string): ReadText {
  if (!Array.isArray(words)) throw new InputError(`token-classification: ${name} must be an array of words, as isSplitIntoWords says, not ${describe(words)}`);
  const odd = words.findIndex((word) => typeof word !== "string");
  if (odd >= 0) throw new InputError(`token-classification: ${name}[${odd}] must be a string, not ${describe(words[odd])}`);
  let start = 0;
  const wordStarts = (words as readonly string[]).map((word) => {
    const at = start;
    start += word.length + delimiter.length;
    return at;
  });
  return { sentence: words.join(delimiter), words: words as readonly string[], wordStarts };
}

/**
 * Cuts a text into what the model reads at once: as many tokens as the tokenizer's `modelMaxLength` says, or with a stride all of it,
 * in parts of one length.
 */
export function encodeChunks(tokenizer: Tokenizer, { sentence, words, wordStarts }: ReadText, stride: number | undefined): Chunk[] {
  const parts: CallOptions = { truncation: true, returnSpecialTokensMask: true, returnOffsetsMapping: true };
  if (words !== undefined) Object.assign(parts, { isSplitIntoWords: true, returnWordIds: true } satisfies CallOptions);
  const overflow: CallOptions = stride === undefined ? {} : { returnOverflowingTokens: true, stride, padding: true };
  const rows = tokenizer.call([(words ?? sentence) as string], { ...parts, ...overflow, returnTensors: false });
  const { inputIds, attentionMask = [], specialTokensMask = [], offsetMapping = [], wordIds } = rows;
  return inputIds.map((ids, row) => ({
    inputIds: ids,
    attentionMask: attentionMask[row] as number[],
    specialTokensMask: specialTokensMask[row] as number[],
    offsets: (offsetMapping[row] as [number, number][]).map(([start, end], at) => {
      const word = wordIds?.[row]?.[at];
      const moved = word === null || word === undefined ? 0 : (wordStarts[word] as number);
      return [start + moved, end + moved] as const;
    }),
  }));
}
