import { InputError } from "../errors.js";
import { describe } from "../options.js";
import type { LengthPlan } from "./encode-options.js";
import { applyTemplate, countAdded, pad, type Sequence, type Template, truncate } from "./encoding.js";
import { Tensor } from "./tensor.js";
import type { TextEncoding } from "./text-encoder.js";
import type { BatchEncoding, Encoding, EncodingParts, TensorEncoding } from "./tokenizer-types.js";

/** One text, or two that belong together. */
export type TextOrPair = readonly [first: string, second: string | null];

/** How texts become sequences. */
export interface BatchPlan {
  template: Template;
  addSpecialTokens: boolean;
  lengths: LengthPlan;
  /** What rows are filled with. */
  padId: number;
  withOffsets: boolean;
}

/**
 * Cuts texts into tokens, truncates, puts special tokens around and pads.
 *
 * @throws InputError if `maxLength` leaves no room for the special tokens
 */
export function encodeTexts(encoder: TextEncoding, texts: readonly TextOrPair[], plan: BatchPlan): Sequence[] {
  const { template, addSpecialTokens, lengths, withOffsets } = plan;
  const sequences = texts.map(([first, second]) => {
    let a = { ...encoder.encode(first, withOffsets) };
    let b = second === null ? null : { ...encoder.encode(second, withOffsets) };
    if (lengths.truncation !== "none" && lengths.maxLength !== null) {
      const room = lengths.maxLength - (addSpecialTokens ? countAdded(template, b !== null) : 0);
      if (room < 0) throw new InputError(`maxLength ${lengths.maxLength} leaves no room for the special tokens`);
      [a, b] = truncate(a, b, room, lengths.truncation, lengths.truncationSide) as [typeof a, typeof b];
    }
    return applyTemplate(template, a, b, addSpecialTokens);
  });
  return padSequences(sequences, lengths, plan.padId);
}

/** Fills sequences up to the length that the plan asks for. */
export function padSequences(sequences: readonly Sequence[], lengths: LengthPlan, padId: number): Sequence[] {
  if (lengths.padding === "none") return [...sequences];
  const longest = sequences.reduce((length, { ids }) => Math.max(length, ids.length), 0);
  const target = lengths.padding === "maxLength" && lengths.maxLength !== null ? lengths.maxLength : longest;
  const length = Math.ceil(target / lengths.multipleOf) * lengths.multipleOf;
  return sequences.map((sequence) => pad(sequence, length, padId, lengths.paddingSide));
}

/** The parts of sequences that are wanted. */
export function toBatchEncoding(sequences: readonly Sequence[], parts: EncodingParts): BatchEncoding {
  const { returnAttentionMask = true, returnTokenTypeIds, returnSpecialTokensMask, returnOffsetsMapping, returnLength } = parts;
  return {
    inputIds: sequences.map(({ ids }) => ids),
    ...(returnAttentionMask && { attentionMask: sequences.map(({ attention }) => attention) }),
    ...(returnTokenTypeIds && { tokenTypeIds: sequences.map(({ types }) => types) }),
    ...(returnSpecialTokensMask && { specialTokensMask: sequences.map(({ special }) => special) }),
    ...(returnOffsetsMapping && { offsetMapping: sequences.map(({ offsets }) => offsets) }),
    ...(returnLength && { length: sequences.map(({ ids }) => ids.length) }),
  };
}

/** The only row of a batch of one. */
export function firstRow(batch: BatchEncoding): Encoding {
  return Object.fromEntries(Object.entries(batch).map(([key, rows]) => [key, (rows as unknown[])[0]])) as unknown as Encoding;
}

/** @throws InputError if rows differ in length, naming the first that does */
export function toTensorEncoding(batch: BatchEncoding): TensorEncoding {
  const length = batch.inputIds[0]?.length;
  const ragged = batch.inputIds.findIndex((row) => row.length !== length);
  if (ragged > 0) {
    throw new InputError(
      `text ${ragged} has ${batch.inputIds[ragged]?.length} tokens, but text 0 has ${length}: pass padding: true for rows of one length`,
      { details: { lengths: batch.inputIds.map((row) => row.length) } },
    );
  }
  const tensors = Object.entries(batch).map(([key, rows]) => [key, Tensor.from("int32", rows)]);
  return Object.fromEntries(tensors) as unknown as TensorEncoding;
}

/**
 * Texts with the text that belongs to each.
 *
 * @param where the call that got them, for messages
 * @throws InputError for anything that is no text, and for texts and pairs that differ in number
 */
export function pairUp(
  where: string,
  text: string | readonly string[],
  textPair: string | readonly string[] | undefined,
): TextOrPair[] {
  if (typeof text === "string") {
    if (textPair !== undefined && typeof textPair !== "string") {
      throw new InputError(`${where}: textPair of a single text must be a string, not ${describe(textPair)}`);
    }
    return [[text, textPair === "" || textPair === undefined ? null : textPair]];
  }
  if (!Array.isArray(text)) throw new InputError(`${where}: text must be a string or an array of strings, not ${describe(text)}`);
  if (text.length === 0) throw new InputError(`${where}: at least one text is needed`);
  if (textPair !== undefined && (!Array.isArray(textPair) || textPair.length !== text.length)) {
    throw new InputError(`${where}: textPair must be an array of ${text.length} strings, one for each text`);
  }
  return text.map((first: unknown, index) => {
    const second: unknown = textPair === undefined ? null : textPair[index];
    if (typeof first !== "string") throw new InputError(`${where}: text[${index}] must be a string, not ${describe(first)}`);
    if (second !== null && typeof second !== "string") {
      throw new InputError(`${where}: textPair[${index}] must be a string, not ${describe(second)}`);
    }
    return [first, second];
  });
}
