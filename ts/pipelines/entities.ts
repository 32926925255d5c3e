import { argmax, labelOf } from "./scores.js";

/** What becomes of tokens that may belong together. */
export type AggregationStrategy = "none" | "simple" | "first" | "average" | "max";

/** A token, or what tokens became. */
export interface Entity {
  /** The label of a token. Without aggregation. */
  readonly entity?: string;
  /** The label of tokens that belong together, without its "B-" or "I-". With aggregation. */
  readonly entityGroup?: string;
  /** The label's probability; of several tokens, their mean. */
  readonly score: number;
  /** Where the token is among the text's tokens. Without aggregation. */
  readonly index?: number;
  /** The token as the vocabulary has it; with aggregation, its or their text. */
  readonly word: string;
  /** Where it begins in the text, in UTF-16 code units. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
}

/** A token with the probabilities of all labels. */
export interface ScoredToken {
  readonly word: string;
  readonly scores: Float32Array;
  readonly start: number;
  readonly end: number;
  readonly index: number;
  /** Whether it goes on with the word before. */
  readonly isSubword: boolean;
}

/** What names and text of tokens are made with. */
export interface EntityNames {
  readonly id2label: Readonly<Record<number, string>>;
  textOf(words: readonly string[]): string;
}

type Labelled = Omit<Entity, "entityGroup"> & { readonly entity: string };

/** Labels tokens, and puts those together that belong together, as transformers' TokenClassificationPipeline does it. */
export function toEntities(tokens: readonly ScoredToken[], strategy: AggregationStrategy, names: EntityNames): Entity[] {
  if (strategy !== "none" && strategy !== "simple") return groups(words(tokens).map((word) => labelWord(word, strategy, names)), names);
  const labelled = tokens.map(({ scores, index, word, start, end }): Labelled => {
    const best = argmax(scores);
    return { entity: labelOf(names.id2label, best), score: scores[best] as number, index, word, start, end };
  });
  return strategy === "none" ? labelled : groups(labelled, names);
}

/** Of entities that overlap, as those of overlapping parts of a text do, the longest, or else the one with the higher score. */
export function withoutOverlap(entities: readonly Entity[]): Entity[] {
  const sorted = [...entities].sort((a, b) => a.start - b.start);
  const kept: Entity[] = [];
  let last = sorted[0];
  if (last === undefined) return kept;
  for (const entity of sorted) {
    if (last.start <= entity.start && entity.start < last.end) {
      const longer = entity.end - entity.start - (last.end - last.start);
      if (longer > 0 || (longer === 0 && entity.score > last.score)) last = entity;
    } else {
      kept.push(last);
      last = entity;
    }
  }
  return [...kept, last];
}

function words(tokens: readonly ScoredToken[]): ScoredToken[][] {
  const found: ScoredToken[][] = [];
  for (const token of tokens) {
    if (token.isSubword && found.length > 0) (found.at(-1) as ScoredToken[]).push(token);
    else found.push([token]);
  }
  return found;
}

function labelWord(tokens: readonly ScoredToken[], strategy: "first" | "average" | "max", { id2label, textOf }: EntityNames): Labelled {
  const scores = wordScores(tokens.map(({ scores }) => scores), strategy);
  const best = argmax(scores);
  return {
    entity: labelOf(id2label, best),
    score: scores[best] as number,
    word: textOf(tokens.map(({ word }) => word)),
    start: (tokens[0] as ScoredToken).start,
    end: (tokens.at(-1) as ScoredToken).end,
  };
}

function wordScores(scores: readonly Float32Array[], strategy: "first" | "average" | "max"): Float32Array {
  const first = scores[0] as Float32Array;
  if (strategy === "first") return first;
  if (strategy === "max") return scores[argmax(scores.map((each) => each[argmax(each)] as number))] as Float32Array;
  return first.map((_, label) => mean(scores.map((each) => each[label] as number)));
}

/** Neighbours of one label become one, unless the later one begins a new entity. */
function groups(entities: readonly Labelled[], { textOf }: EntityNames): Entity[] {
  const found: Labelled[][] = [];
  for (const entity of entities) {
    const last = found.at(-1)?.at(-1);
    const isSame = last !== undefined && tagOf(entity.entity) === tagOf(last.entity) && !entity.entity.startsWith("B-");
    if (isSame) (found.at(-1) as Labelled[]).push(entity);
    else found.push([entity]);
  }
  return found.map((group) => ({
    // Cut at the first dash, whatever stands before it.
    entityGroup: (group[0] as Labelled).entity.replace(/^[^-]*-/, ""),
    score: mean(group.map(({ score }) => score)),
    word: textOf(group.map(({ word }) => word)),
    start: (group[0] as Labelled).start,
    end: (group.at(-1) as Labelled).end,
  }));
}

function tagOf(label: string): string {
  return label.replace(/^[BI]-/, "");
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
