import { ConfigError } from "../errors.js";
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
  /** Which word of its text each token belongs to; null for what is not in it. */
  words: (number | null)[];
}

/** What a text consists of before special tokens are put around it. */
export interface Piece {
  ids: number[];
  offsets: [number, number][];
  words: number[];
}

/** A text after truncation, and what was cut off, in pieces of the same length. */
export interface CutPiece {
  kept: Piece;
  overflow: Piece[];
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

/** A token to put around texts. */
export interface SpecialToken {
  content: string;
  id: number;
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

/** The template that puts a token before each text, and one after it, where there are such. */
export function simpleTemplate(bos: SpecialToken | null, eos: SpecialToken | null): Template {
  const around = (id: "A" | "B", type_id: number): TemplateEntry[] => [
    ...(bos === null ? [] : [{ SpecialToken: { id: bos.content, type_id } }]),
    { Sequence: { id, type_id } },
    ...(eos === null ? [] : [{ SpecialToken: { id: eos.content, type_id } }]),
  ];
  const ids = new Map([bos, eos].flatMap((token) => (token === null ? [] : [[token.content, [token.id]] as const])));
  return { single: around("A", 0), pair: [...around("A", 0), ...around("B", 1)], ids };
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
  return applyTemplateToAll(template, { kept: first, overflow: [] }, second === null ? null : { kept: second, overflow: [] }, addSpecial)[0] as Sequence;
}

/**
 * Puts special tokens around one text or two, and around what was cut off of them.
 *
 * @returns what was kept first; then, as officially, every combination of pieces that has a part that was cut off
 */
export function applyTemplateToAll(template: Template, first: CutPiece, second: CutPiece | null, addSpecial: boolean): Sequence[] {
  let main = emptySequence();
  let overflow: Sequence[] = [];
  for (const entry of second === null ? template.single : template.pair) {
    let next: { main: Sequence; overflow: Sequence[] };
    if ("SpecialToken" in entry) {
      if (!addSpecial) continue;
      next = { main: specialPart(template.ids.get(entry.SpecialToken.id) ?? [], entry.SpecialToken.type_id), overflow: [] };
    } else {
      const piece = entry.Sequence.id === "A" ? first : second;
      if (piece === null) continue;
      const type = addSpecial ? entry.Sequence.type_id : piece === first ? 0 : 1;
      const part = (each: Piece): Sequence => textPart(each, type);
      next = { main: part(piece.kept), overflow: piece.overflow.map(part) };
    }
    overflow = [
      ...overflow.flatMap((begun) => [next.main, ...next.overflow].map((end) => join(begun, end))),
      ...next.overflow.map((end) => join(main, end)),
    ];
    main = join(main, next.main);
  }
  return [main, ...overflow];
}

function emptySequence(): Sequence {
  return { ids: [], types: [], special: [], attention: [], offsets: [], words: [] };
}

function specialPart(ids: readonly number[], type: number): Sequence {
  const all = <T>(value: T): T[] => ids.map(() => value);
  return { ids: [...ids], types: all(type), special: all(1), attention: all(1), offsets: ids.map(() => [0, 0]), words: all(null) };
}

function textPart({ ids, offsets, words }: Piece, type: number): Sequence {
  const all = (value: number): number[] => ids.map(() => value);
  return { ids, types: all(type), special: all(0), attention: all(1), offsets: ids.map((_, index) => offsets[index] ?? [0, 0]), words };
}

function join(a: Sequence, b: Sequence): Sequence {
  return {
    ids: [...a.ids, ...b.ids],
    types: [...a.types, ...b.types],
    special: [...a.special, ...b.special],
    attention: [...a.attention, ...b.attention],
    offsets: [...a.offsets, ...b.offsets],
    words: [...a.words, ...b.words],
  };
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
    words: fill<number | null>(sequence.words, null),
  };
}
