import { ConfigError, InputError } from "../errors.js";
import type { PostProcessorJson, TemplateEntry } from "./tokenizer-json.js";

/** On which side something is put or cut. */
export type Side = "left" | "right";

/** A sequence on its way from text to model input; all lists have the same length. */
export interface Sequence {
  ids: number[];
  /** 0 for the first text, 1 for the second. */
  types: number[];
  /** 1 where a special token was put around the text, or padding. */
  special: number[];
  /** 0 at padding. */
  attention: number[];
  /** Where each token stands in its text: [begin, end) in UTF-16 code units; [0, 0] for what is not in it. */
  offsets: [number, number][];
}

/** What a text consists of before special tokens are put around it. */
export interface Piece {
  ids: number[];
  offsets: [number, number][];
}

/** How two texts are cut to a common length. */
export type TruncationStrategy = "longestFirst" | "onlyFirst" | "onlySecond";

/** The special tokens to put around one text, and around two. */
export interface Template {
  single: readonly TemplateEntry[];
  pair: readonly TemplateEntry[];
  /** The ids that a special token of the template stands for. */
  ids: ReadonlyMap<string, readonly number[]>;
}

const TEXT_A: TemplateEntry = { Sequence: { id: "A", type_id: 0 } };
const TEXT_B: TemplateEntry = { Sequence: { id: "B", type_id: 1 } };

/**
 * Reads `post_processor` of tokenizer.json.
 *
 * @throws ConfigError for kinds other than a template: Gemma has no other
 */
export function readTemplate(postProcessor: PostProcessorJson | null | undefined): Template {
  const plain: Template = { single: [TEXT_A], pair: [TEXT_A, TEXT_B], ids: new Map() };
  if (postProcessor === null || postProcessor === undefined) return plain;
  if (postProcessor.type === "Sequence" && postProcessor.processors?.length === 1) {
    return readTemplate(postProcessor.processors[0]);
  }
  const { type, single, pair, special_tokens: special = {} } = postProcessor;
  if (type !== "TemplateProcessing" || !Array.isArray(single) || !Array.isArray(pair)) {
    throw new ConfigError(`tokenizer.json: post_processor of type "${type}" is not implemented; a template is`);
  }
  const ids = new Map(Object.entries(special).map(([name, token]) => [name, token.ids]));
  for (const entry of [...single, ...pair]) {
    if ("SpecialToken" in entry && !ids.has(entry.SpecialToken.id)) {
      throw new ConfigError(`tokenizer.json: post_processor uses "${entry.SpecialToken.id}" but does not define it`);
    }
  }
  return { single, pair, ids };
}

/** How many special tokens a template adds. */
export function countAdded(template: Template, pair: boolean): number {
  return (pair ? template.pair : template.single).reduce(
    (count, entry) => count + ("SpecialToken" in entry ? (template.ids.get(entry.SpecialToken.id)?.length ?? 0) : 0),
    0,
  );
}

/** Puts special tokens around one text or two. */
export function applyTemplate(template: Template, first: Piece, second: Piece | null, addSpecial: boolean): Sequence {
  const sequence: Sequence = { ids: [], types: [], special: [], attention: [], offsets: [] };
  const append = (ids: readonly number[], type: number, special: number, offsets?: [number, number][]): void => {
    ids.forEach((id, index) => {
      sequence.ids.push(id);
      sequence.types.push(type);
      sequence.special.push(special);
      sequence.attention.push(1);
      sequence.offsets.push(offsets?.[index] ?? [0, 0]);
    });
  };
  for (const entry of second === null ? template.single : template.pair) {
    if ("SpecialToken" in entry) {
      if (addSpecial) append(template.ids.get(entry.SpecialToken.id) ?? [], entry.SpecialToken.type_id, 1);
      continue;
    }
    const piece = entry.Sequence.id === "A" ? first : second;
    if (piece !== null) append(piece.ids, addSpecial ? entry.Sequence.type_id : piece === first ? 0 : 1, 0, piece.offsets);
  }
  return sequence;
}

/**
 * Cuts texts so that together they have at most `maxLength` tokens, as the official tokenizer does.
 *
 * @throws InputError if the text that may be cut would have to vanish
 */
export function truncate(
  first: Piece,
  second: Piece | null,
  maxLength: number,
  strategy: TruncationStrategy,
  side: Side,
): [Piece, Piece | null] {
  const [n1, n2] = [first.ids.length, second?.ids.length ?? 0];
  const surplus = n1 + n2 - maxLength;
  if (surplus <= 0) return [first, second];
  if (maxLength === 0) return [cut(first, 0, side), second === null ? null : cut(second, 0, side)];
  if (strategy === "longestFirst") {
    if (second === null) return [cut(first, maxLength, side), null];
    const shorter = Math.min(n1, n2);
    // The shorter text stays whole while the longer one can give all; past that both get half, the odd token to the longer.
    let [short, long] = shorter > maxLength ? [shorter, shorter] : [shorter, Math.max(shorter, maxLength - shorter)];
    if (short + long > maxLength) {
      short = Math.floor(maxLength / 2);
      long = short + (maxLength % 2);
    }
    const [length1, length2] = n1 > n2 ? [long, short] : [short, long];
    return [cut(first, length1, side), cut(second, length2, side)];
  }
  const target = strategy === "onlyFirst" ? first : second;
  if (target === null) throw new InputError(`truncation "${strategy}" needs a second text`);
  if (target.ids.length <= surplus) {
    throw new InputError(
      `truncation "${strategy}": the text has ${target.ids.length} tokens, but ${surplus} would have to be cut`,
      { details: { length: target.ids.length, surplus } },
    );
  }
  const kept = cut(target, target.ids.length - surplus, side);
  return strategy === "onlyFirst" ? [kept, second] : [first, kept];
}

function cut(piece: Piece, length: number, side: Side): Piece {
  const [begin, end] = side === "right" ? [0, length] : [Math.max(piece.ids.length - length, 0), piece.ids.length];
  return { ids: piece.ids.slice(begin, end), offsets: piece.offsets.slice(begin, end) };
}

/** Fills a sequence up to `length`; one that is longer stays as it is. */
export function pad(sequence: Sequence, length: number, padId: number, side: Side): Sequence {
  const count = length - sequence.ids.length;
  if (count <= 0) return sequence;
  const fill = <T>(values: T[], value: T): T[] => {
    const filling = Array<T>(count).fill(value);
    return side === "right" ? [...values, ...filling] : [...filling, ...values];
  };
  return {
    ids: fill(sequence.ids, padId),
    types: fill(sequence.types, 0),
    special: fill(sequence.special, 1),
    attention: fill(sequence.attention, 0),
    offsets: fill<[number, number]>(sequence.offsets, [0, 0]),
  };
}
