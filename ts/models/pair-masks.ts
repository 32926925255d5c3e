import { InputError } from "../errors.js";
import { Tensor } from "../processing/tensor.js";
import type { TokenRows } from "../processing/token-rows.js";
import type { WasmPairMask, WasmPairMasks } from "../runtime/glue.js";

/** Nested arrays [batch, heads, queries, keys]. */
type Nested4<T> = readonly (readonly (readonly (readonly T[])[])[])[];

/**
 * What each query sees, [batch or 1, heads or 1, queries, keys], in place of causality, windows and padding: true or 1 for a key that is
 * seen and false or 0 for one that is not, in nested arrays or an int32 tensor; or, in a float32 tensor, numbers that are added to the
 * scores, -Infinity hiding a key. A query that sees nothing at all gives zeros.
 */
export type PairMask = Nested4<boolean | number> | Tensor<"int32"> | Tensor<"float32">;

/** A mask for each type of layer; the one that no layer needs may be left out. */
export interface LayerMasks {
  readonly fullAttention?: PairMask | undefined;
  readonly slidingAttention?: PairMask | undefined;
}

/** What is accepted as a mask: 1 for a token and 0 for padding [batch, length], or what each query sees. */
export type AttentionMask = TokenRows | PairMask | LayerMasks;

/** A mask that was told apart. */
export interface SplitMask {
  readonly tokens: TokenRows | undefined;
  readonly pairs: WasmPairMasks | undefined;
}

/**
 * Tells masks of tokens, which are yet to be checked, from masks of pairs.
 *
 * @throws InputError for a mask of pairs that is none
 */
export function splitMask(name: string, mask: AttentionMask | undefined): SplitMask {
  if (mask === undefined) return { tokens: undefined, pairs: undefined };
  if (isByLayer(mask)) return { tokens: undefined, pairs: byLayer(name, mask) };
  if (!isPairs(mask)) return { tokens: mask as TokenRows, pairs: undefined };
  return { tokens: undefined, pairs: { every: toBlock(name, mask) } };
}

function isByLayer(mask: AttentionMask): mask is LayerMasks {
  return typeof mask === "object" && mask !== null && !Array.isArray(mask) && !(mask instanceof Tensor);
}

function isPairs(mask: AttentionMask): mask is PairMask {
  if (mask instanceof Tensor) return (mask as Tensor).dims.length === 4;
  const row: unknown = (mask as readonly (readonly unknown[])[])[0]?.[0];
  return Array.isArray(row) && Array.isArray(row[0]);
}

function byLayer(name: string, masks: LayerMasks): WasmPairMasks {
  const { fullAttention, slidingAttention, ...others } = masks;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) throw wrong(name, `has ${unknown}; masks by layer are fullAttention and slidingAttention`);
  return {
    ...(fullAttention !== undefined && { full: toBlock(`${name}.fullAttention`, fullAttention) }),
    ...(slidingAttention !== undefined && { sliding: toBlock(`${name}.slidingAttention`, slidingAttention) }),
  };
}

function toBlock(name: string, mask: PairMask): WasmPairMask {
  if (mask instanceof Tensor && mask.dims.length === 4) {
    const data = (mask as Tensor).cpuData(name);
    return { data: mask.dtype === "float32" ? Float32Array.from(data) : seen(name, data), dims: Uint32Array.from(mask.dims) };
  }
  if (!isPairs(mask)) throw wrong(name, "must have dims [batch, heads, queries, keys]");
  const nested = mask as Nested4<boolean | number>;
  const dims = [nested.length, nested[0]?.length ?? 0, nested[0]?.[0]?.length ?? 0, nested[0]?.[0]?.[0]?.length ?? 0];
  const flat = nested.flat(3);
  const isEven = nested.every((heads) => heads.length === dims[1] && heads.every((rows) => rows.length === dims[2] && rows.every((row) => row.length === dims[3])));
  if (!isEven) throw wrong(name, "has rows of several lengths");
  return { data: seen(name, flat.map(Number)), dims: Uint32Array.from(dims) };
}

function seen(name: string, marks: ArrayLike<number>): Float32Array {
  return Float32Array.from(marks, (mark) => {
    if (mark === 1) return 0;
    if (mark === 0) return -Infinity;
    throw wrong(name, `holds ${mark}; marks are true and false, or 1 and 0, and what is added to scores comes in a float32 tensor`);
  });
}

function wrong(name: string, reason: string): InputError {
  return new InputError(`${name}: ${reason}`, { details: { argument: name } });
}
