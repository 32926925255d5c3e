import { InputError } from "../errors.js";
import { toTokenBlock, type TokenRows } from "../processing/token-rows.js";
import { Tensor } from "../processing/tensor.js";

/** What {@link transitionScores} reads: fields of a result of `generate`. */
export interface TransitionInputs {
  /** [rows, length]. */
  sequences: TokenRows;
  /** For each step [rows or beams, vocab]. */
  scores: readonly Tensor<"float32">[];
  /** Of a beam search: [rows, new tokens], -1 after the last. */
  beamIndices?: readonly (readonly number[])[] | undefined;
  /** Whether scores are made log-probabilities first; those of a beam search are. @default false */
  normalizeLogits?: boolean | undefined;
}

/**
 * The score of each new token of each row, 0 after a beam's last: transformers' `compute_transition_scores`.
 *
 * @returns [rows, new tokens]
 * @throws InputError where shapes do not fit
 */
export async function transitionScores({ sequences, scores, beamIndices, normalizeLogits = false }: TransitionInputs): Promise<number[][]> {
  const { data, batch, length } = toTokenBlock("sequences", sequences, { min: -1 });
  if (scores.length === 0 || !scores.every((step) => step instanceof Tensor && step.dims.length === 2)) {
    throw new InputError("scores: must be tensors [rows, vocab], one a step: ask generate for outputScores", { details: { argument: "scores" } });
  }
  if (beamIndices !== undefined && beamIndices.length !== batch) {
    throw new InputError(`beamIndices: have ${beamIndices.length} rows for ${batch} sequences`, { details: { argument: "beamIndices" } });
  }
  const [rows = 0, vocab = 0] = (scores[0] as Tensor).dims;
  const steps = await Promise.all(scores.map((step) => step.data()));
  const count = beamIndices === undefined ? scores.length : Math.max(...beamIndices.map((row) => row.filter((index) => index >= 0).length));
  const begin = length - count;
  if (begin < 0 || count > scores.length) {
    throw new InputError(`scores: are of ${scores.length} steps for sequences of ${length} tokens`, { details: { argument: "scores" } });
  }
  const scoreOf = (row: number, step: number): number => {
    const source = beamIndices === undefined ? row : (beamIndices[row]?.[step] ?? -1);
    if (source < 0) return 0;
    const token = data[row * length + begin + step] as number;
    if (source >= rows || token < 0 || token >= vocab) {
      throw new InputError(`sequences[${row}][${begin + step}]: has no score`, { details: { argument: "sequences" } });
    }
    const all = (steps[step] as Float32Array).subarray(source * vocab, (source + 1) * vocab);
    return (all[token] as number) - (normalizeLogits ? logSumExp(all) : 0);
  };
  return Array.from({ length: batch }, (_, row) => Array.from({ length: count }, (_, step) => scoreOf(row, step)));
}

function logSumExp(scores: Float32Array): number {
  const most = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  return most + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - most), 0));
}
