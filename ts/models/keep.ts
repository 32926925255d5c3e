import { InputError } from "../errors.js";
import { Tensor } from "../processing/tensor.js";
import type { WasmKeep } from "../runtime/glue.js";

/**
 * The positions whose logits are computed: a number of last ones (0 for all; a negative number -n for all from n on), indices for every
 * row, indices [batch, n] of each row, or marks [batch, length], whose logits come as [marked, vocab]. Negative indices count from the end.
 */
export type LogitsToKeep = number | readonly number[] | readonly (readonly number[])[] | readonly (readonly boolean[])[] | Tensor<"int32">;

/** Positions in the form that wasm takes. */
export interface CheckedKeep {
  readonly keep: WasmKeep;
  /** How many logits there will be, in all rows. */
  readonly count: number;
  /** Whether the rows are lost: logits are [count, vocab]. */
  readonly isFlat: boolean;
}

/**
 * Checks which positions to keep of rows [batch, length].
 *
 * @throws InputError for what is no position
 */
export function checkKeep(value: LogitsToKeep | undefined, batch: number, length: number): CheckedKeep {
  if (value === undefined || value === 0) return { keep: {}, count: batch * length, isFlat: false };
  if (typeof value === "number") return lastOnes(value, batch, length);
  const rows = value instanceof Tensor ? (value.tolist() as readonly number[] | readonly (readonly number[])[]) : value;
  if (!Array.isArray(rows) || rows.length === 0) throw wrong("must be a number or positions");
  if (rows.every((row) => Array.isArray(row) && row.every((mark: unknown) => typeof mark === "boolean"))) return marked(rows, batch, length);
  if (!Array.isArray(rows[0])) {
    const keepAt = Int32Array.from(positions(rows, length));
    return { keep: { keepAt }, count: batch * keepAt.length, isFlat: false };
  }
  const each = rows as readonly (readonly number[])[];
  const width = rows[0].length as number;
  if (each.length !== batch || width === 0 || each.some((row) => !Array.isArray(row) || row.length !== width)) {
    throw wrong(`must have as many positions in each of ${batch} rows`);
  }
  return { keep: { keepEach: Int32Array.from(each.flatMap((row) => positions(row, length))) }, count: batch * width, isFlat: false };
}

function lastOnes(value: number, batch: number, length: number): CheckedKeep {
  if (!Number.isSafeInteger(value)) throw wrong(`must be a whole number, not ${value}`);
  const count = value > 0 ? Math.min(value, length) : length + value;
  if (count <= 0) throw wrong(`is ${value}: of ${length} positions none is left`);
  return { keep: { keepLast: count }, count: batch * count, isFlat: false };
}

function marked(rows: readonly (readonly boolean[])[], batch: number, length: number): CheckedKeep {
  if (rows.length !== batch || rows.some((row) => row.length !== length)) throw wrong(`must have ${batch} rows of ${length} marks`);
  const keepWhere = Uint8Array.from(rows.flat(), Number);
  const count = keepWhere.reduce((sum, mark) => sum + mark, 0);
  if (count === 0) throw wrong("must keep at least one position");
  return { keep: { keepWhere }, count, isFlat: true };
}

function positions(row: readonly unknown[], length: number): number[] {
  return row.map((position) => {
    if (Number.isSafeInteger(position) && (position as number) >= -length && (position as number) < length) return position as number;
    throw wrong(`has ${String(position)}, which is no position of ${length}`);
  });
}

function wrong(reason: string): InputError {
  return new InputError(`logitsToKeep: ${reason}`, { details: { argument: "logitsToKeep" } });
}
