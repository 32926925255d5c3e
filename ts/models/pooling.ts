import { InputError } from "../errors.js";
import { Tensor } from "../processing/tensor.js";
import type { TokenRows } from "../processing/token-rows.js";
import { checkMask } from "./inputs.js";

/** How the states of a row become one vector: the mean of its tokens, its last token's, or not at all. */
export type Pooling = "none" | "mean" | "last";

/** How to pool. */
export interface PoolOptions {
  /** 1 for a token, 0 for padding: [batch, length]. Every position is a token by default. */
  attentionMask?: TokenRows | undefined;
  /** Divide each vector by max(its L2 length, 1e-12). @default false */
  normalize?: boolean | undefined;
}

/**
 * Pools states [batch, length, hidden] to vectors [batch, hidden], as sentence-transformers does it: the mean is the sum of the tokens over
 * max(their number, 1e-9), "last" is the token of the mask's last 1, and a row without tokens gives zeros. "none" keeps the shape.
 *
 * @throws InputError where the shapes do not fit
 */
export function poolStates(states: Tensor<"float32">, pooling: Pooling, { attentionMask, normalize = false }: PoolOptions = {}): Tensor<"float32"> {
  const [batch, length, hidden] = states.dims;
  if (states.dims.length !== 3 || batch === undefined || length === undefined || hidden === undefined) {
    throw new InputError(`states: must have dims [batch, length, hidden], not [${states.dims.join(", ")}]`, { details: { argument: "states" } });
  }
  const mask = checkMask("attentionMask", attentionMask, batch, length)?.data;
  const data = states.cpuData("states");
  const token = (row: number, at: number): Float32Array => data.subarray((row * length + at) * hidden, (row * length + at + 1) * hidden);
  const tokensOf = (row: number): number[] => Array.from({ length }, (_, at) => at).filter((at) => mask === undefined || mask[row * length + at] === 1);
  const rows = Array.from({ length: batch }, (_, row) => row);
  if (checkPooling(pooling) === "none") return new Tensor("float32", normalize ? normalized(data, hidden) : data.slice(), states.dims);
  const vectors = rows.map((row) => {
    const tokens = tokensOf(row);
    return mean(tokens.slice(pooling === "last" ? -1 : 0).map((at) => token(row, at)), hidden);
  });
  const pooled = Float32Array.from(vectors.flatMap((vector) => [...vector]));
  return new Tensor("float32", normalize ? normalized(pooled, hidden) : pooled, [batch, hidden]);
}

/** @throws InputError for a way to pool that there isn't */
export function checkPooling(pooling: unknown): Pooling {
  if (pooling === "none" || pooling === "mean" || pooling === "last") return pooling;
  throw new InputError(`pooling: ${JSON.stringify(pooling)} is not one of none, mean, last`, { details: { argument: "pooling" } });
}

function mean(vectors: readonly Float32Array[], hidden: number): Float64Array {
  const sum = new Float64Array(hidden);
  for (const vector of vectors) vector.forEach((value, index) => (sum[index] = (sum[index] as number) + value));
  return sum.map((value) => value / Math.max(vectors.length, 1e-9));
}

function normalized(vectors: Float32Array, hidden: number): Float32Array {
  const scaled = vectors.slice();
  for (let begin = 0; begin < scaled.length; begin += hidden) {
    const vector = scaled.subarray(begin, begin + hidden);
    const size = Math.max(Math.hypot(...vector), 1e-12);
    vector.forEach((value, index) => (vector[index] = value / size));
  }
  return scaled;
}
