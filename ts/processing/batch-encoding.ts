import { InputError } from "../errors.js";
import type { LengthPlan } from "./encode-options.js";
import { applyTemplateToAll, countAdded, pad, type Piece, type Sequence, type Template } from "./encoding.js";
import { type NestedNumbers, Tensor } from "./tensor.js";
import type { SplitOptions, TextEncoding } from "./text-encoder.js";
import type { Text, TextOrPair } from "./text-inputs.js";
import type { BatchEncoding, Encoding, EncodingParts, TensorEncoding } from "./tokenizer-types.js";
import { truncate } from "./truncation.js";

/** How texts become sequences. */
export interface BatchPlan {
  template: Template;
  addSpecialTokens: boolean;
  lengths: LengthPlan;
  /** What rows are filled with. */
  padId: number;
  split: SplitOptions;
  /** Whether what truncation cuts off comes as further rows. */
  withOverflow: boolean;
}

/** Sequences, and which text each is of. */
export interface EncodedTexts {
  sequences: Sequence[];
  samples: number[];
}

/**
 * Cuts texts into tokens, truncates, puts special tokens around and pads.
 *
 * @throws InputError if `maxLength` leaves no room for the special tokens
 */
export function encodeTexts(encoder: TextEncoding, texts: readonly TextOrPair[], plan: BatchPlan): EncodedTexts {
  const rows = texts.map((text) => encodeText(encoder, text, plan));
  const longest = rows.reduce((length, [{ ids }]) => Math.max(length, ids.length), 0);
  return {
    sequences: padSequences(rows.flatMap((row) => (plan.withOverflow ? row : [row[0]])), plan.lengths, plan.padId, longest),
    samples: rows.flatMap((row, index) => (plan.withOverflow ? row.map(() => index) : [index])),
  };
}

/** One text's sequence, and those of what was cut off of it. */
function encodeText(encoder: TextEncoding, [first, second]: TextOrPair, plan: BatchPlan): [Sequence, ...Sequence[]] {
  const { template, addSpecialTokens, lengths, split } = plan;
  const a = encodePiece(encoder, first, split);
  const b = second === null ? null : encodePiece(encoder, second, split);
  const { truncation, maxLength, truncationSide, stride } = lengths;
  if (truncation === "none" || maxLength === null) {
    const uncut = (piece: Piece) => ({ kept: piece, overflow: [] });
    return applyTemplateToAll(template, uncut(a), b && uncut(b), addSpecialTokens) as [Sequence];
  }
  const room = maxLength - (addSpecialTokens ? countAdded(template, b !== null) : 0);
  if (room < 0) throw new InputError(`maxLength ${maxLength} leaves no room for the special tokens`);
  const [cutA, cutB] = truncate(a, b, { maxLength: room, strategy: truncation, side: truncationSide, stride });
  return applyTemplateToAll(template, cutA, cutB, addSpecialTokens) as [Sequence, ...Sequence[]];
}

function encodePiece(encoder: TextEncoding, text: Text, split: SplitOptions): Piece {
  if (typeof text === "string") return encoder.encode(text, split);
  const words = text.map((word) => encoder.encode(word, split));
  return {
    ids: words.flatMap(({ ids }) => ids),
    offsets: words.flatMap(({ offsets }) => offsets),
    words: words.flatMap(({ ids }, index) => ids.map(() => index)),
  };
}

/**
 * Fills sequences up to the length that the plan asks for.
 *
 * @param longest tokens of the longest sequence that counts
 */
export function padSequences(
  sequences: readonly Sequence[],
  lengths: LengthPlan,
  padId: number,
  longest = sequences.reduce((length, { ids }) => Math.max(length, ids.length), 0),
): Sequence[] {
  if (lengths.padding === "none") return [...sequences];
  const target = lengths.padding === "maxLength" && lengths.maxLength !== null ? lengths.maxLength : longest;
  const length = Math.ceil(target / lengths.multipleOf) * lengths.multipleOf;
  return sequences.map((sequence) => pad(sequence, length, padId, lengths.paddingSide));
}

/** The parts of sequences that are wanted. */
export function toBatchEncoding({ sequences, samples }: EncodedTexts, parts: EncodingParts & { returnOverflowingTokens?: boolean }): BatchEncoding {
  const { returnAttentionMask = true, returnTokenTypeIds, returnSpecialTokensMask, returnOffsetsMapping, returnLength } = parts;
  return {
    inputIds: sequences.map(({ ids }) => ids),
    ...(returnAttentionMask && { attentionMask: sequences.map(({ attention }) => attention) }),
    ...(returnTokenTypeIds && { tokenTypeIds: sequences.map(({ types }) => types) }),
    ...(returnSpecialTokensMask && { specialTokensMask: sequences.map(({ special }) => special) }),
    ...(returnOffsetsMapping && { offsetMapping: sequences.map(({ offsets }) => offsets) }),
    ...(parts.returnWordIds && { wordIds: sequences.map(({ words }) => words) }),
    ...(returnLength && { length: sequences.map(({ ids }) => ids.length) }),
    ...(parts.returnOverflowingTokens && { overflowToSampleMapping: samples }),
  };
}

/** The only row of a batch of one. */
export function firstRow(batch: BatchEncoding): Encoding {
  return Object.fromEntries(Object.entries(batch).map(([key, rows]) => [key, (rows as unknown[])[0]])) as unknown as Encoding;
}

/** @throws InputError if rows differ in length, naming the first that does, or word ids are asked for */
export function toTensorEncoding(batch: BatchEncoding): TensorEncoding {
  if (batch.wordIds !== undefined) throw new InputError("wordIds: special tokens have none, so that they make no tensor; leave returnTensors out");
  for (const key of ["inputIds", "labels"] as const) {
    const rows = batch[key] ?? [];
    const length = rows[0]?.length;
    const ragged = rows.findIndex((row) => row.length !== length);
    if (ragged <= 0) continue;
    const what = key === "labels" ? "textTarget" : "text";
    throw new InputError(`${what} ${ragged} has ${rows[ragged]?.length} tokens, but ${what} 0 has ${length}: pass padding: true for rows of one length`, {
      details: { lengths: rows.map((row) => row.length) },
    });
  }
  const tensors = Object.entries(batch).map(([key, rows]) => [key, Tensor.from("int32", rows as NestedNumbers)]);
  return Object.fromEntries(tensors) as unknown as TensorEncoding;
}
