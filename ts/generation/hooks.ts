import { InputError } from "../errors.js";
import { describe } from "../options.js";
import { wholes } from "./checks.js";
import type { Tensor } from "../processing/tensor.js";

/**
 * Changes the scores that the next tokens are chosen from: in place, or by returning others of the same shape.
 *
 * @param inputIds each row so far, the decoder's prompt included; of a beam search, its running beams
 * @param scores for each row, one of each token of the vocabulary; log-probabilities in a beam search
 */
export type LogitsProcessor = (
  inputIds: number[][],
  scores: readonly Float32Array[],
) => void | readonly Float32Array[] | Promise<void | readonly Float32Array[]>;

/**
 * Says after each step whether rows end: all alike, or one by one.
 *
 * @param sequences each row so far, the new token included; of a beam search, the continuations that it considers
 * @param scores those of each step so far [rows, vocab], if `outputScores` was asked for
 */
export type StoppingCriterion = (
  sequences: number[][],
  scores: readonly Tensor<"float32">[] | undefined,
) => boolean | readonly boolean[] | Promise<boolean | readonly boolean[]>;

/**
 * Says which tokens a row may go on with.
 *
 * @param batchId which input the row belongs to; with `numReturnSequences` and no beams, which row it is
 * @param inputIds the row so far, the decoder's prompt included
 * @returns at least one token
 */
export type PrefixAllowedTokens = (batchId: number, inputIds: number[]) => readonly number[] | Promise<readonly number[]>;

/** Asks for the tokens that each row may go on with. */
export async function allowedTokens(
  allowed: PrefixAllowedTokens,
  sequences: readonly (readonly number[])[],
  numBeams: number,
): Promise<{ tokens: Int32Array; counts: Uint32Array }> {
  const rows = await Promise.all(sequences.map((row, index) => allowed(Math.floor(index / numBeams), [...row])));
  const checked = rows.map((row: unknown) => wholes("prefixAllowedTokensFn", row));
  return { tokens: Int32Array.from(checked.flat()), counts: Uint32Array.from(checked, (row) => row.length) };
}

/** Runs processors one after the other on scores [rows, vocab]. */
export async function process(processors: readonly LogitsProcessor[], sequences: readonly (readonly number[])[], scores: Float32Array): Promise<Float32Array> {
  const vocab = scores.length / sequences.length;
  let rows: readonly Float32Array[] = sequences.map((_, row) => scores.subarray(row * vocab, (row + 1) * vocab));
  for (const [index, processor] of processors.entries()) {
    const returned = await processor(sequences.map((row) => [...row]), rows);
    if (returned !== undefined) rows = checked(returned, index, rows.length, vocab);
  }
  const whole = new Float32Array(scores.length);
  rows.forEach((row, index) => whole.set(row, index * vocab));
  return whole;
}

function checked(returned: unknown, index: number, rows: number, vocab: number): readonly Float32Array[] {
  const name = `logitsProcessors[${index}]`;
  if (!Array.isArray(returned) || returned.length !== rows) {
    const what = Array.isArray(returned) ? `${returned.length} rows` : describe(returned);
    throw new InputError(`${name}: returned ${what} for ${rows} rows of scores; return nothing after a change in place`, { details: { option: name } });
  }
  const bad = returned.findIndex((row: unknown) => !(row instanceof Float32Array) || row.length !== vocab);
  if (bad < 0) return returned as readonly Float32Array[];
  throw new InputError(`${name}: returned for row ${bad} no Float32Array of ${vocab} scores`, { details: { option: name, row: bad } });
}

/** Which rows a criterion ends. */
export async function criterionHits(
  criterion: StoppingCriterion,
  index: number,
  sequences: readonly (readonly number[])[],
  scores: readonly Tensor<"float32">[] | undefined,
): Promise<readonly boolean[]> {
  const answer: unknown = await criterion(sequences.map((row) => [...row]), scores);
  if (typeof answer === "boolean") return sequences.map(() => answer);
  const isFit = Array.isArray(answer) && answer.length === sequences.length && answer.every((each) => typeof each === "boolean");
  if (isFit) return answer as readonly boolean[];
  const name = `stoppingCriteria[${index}]`;
  throw new InputError(`${name}: must return true or false, or one of them for each of ${sequences.length} rows`, { details: { option: name } });
}
