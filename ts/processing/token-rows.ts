import { InputError } from "../errors.js";
import { describe } from "../options.js";
import { Tensor } from "./tensor.js";

/** What is accepted wherever token ids, masks or labels are: one array a row, or a tensor [batch, length]. */
export type TokenRows = readonly (readonly number[])[] | Tensor<"int32">;

/** Token ids (or a mask) in one block, row after row. */
export interface TokenBlock {
  /** batch x length values. */
  data: Int32Array;
  batch: number;
  length: number;
}

/**
 * Checks rows and lays them out in one block.
 *
 * @param name how the caller calls the argument, for messages
 * @param limits values must be integers from `min` (0 unless told) to below `below`
 * @throws InputError for anything that is not rows of equal length, naming the first row and position at fault
 */
export function toTokenBlock(name: string, rows: TokenRows, limits: { min?: number; below?: number } = {}): TokenBlock {
  const block = rows instanceof Tensor ? fromTensor(name, rows) : fromArrays(name, rows);
  const { min = 0, below = 2 ** 31 } = limits;
  const bad = block.data.findIndex((value) => value < min || value >= below);
  if (bad >= 0) {
    const [row, position] = [Math.floor(bad / block.length), bad % block.length];
    const range = limits.below === undefined ? `at least ${min}` : `from ${min} to ${below - 1}`;
    throw new InputError(`${name}[${row}][${position}] is ${block.data[bad]}; values must be ${range}`, {
      details: { name, row, position, value: block.data[bad] },
    });
  }
  return block;
}

function fromTensor(name: string, tensor: Tensor): TokenBlock {
  if (tensor.dtype !== "int32") throw new InputError(`${name} must be an int32 tensor, not ${tensor.dtype}`);
  const [batch, length] = tensor.dims;
  if (tensor.dims.length !== 2 || batch === undefined || length === undefined) {
    throw new InputError(`${name} must have dims [batch, length], not [${tensor.dims.join(", ")}]`);
  }
  return { data: tensor.cpuData(name) as Int32Array, batch, length };
}

function fromArrays(name: string, rows: readonly (readonly number[])[]): TokenBlock {
  if (!Array.isArray(rows)) throw new InputError(`${name} must be arrays of numbers or a tensor, not ${describe(rows)}`);
  if (rows.length === 0) throw new InputError(`${name} is empty: at least one row is needed`);
  const length = Array.isArray(rows[0]) ? rows[0].length : 0;
  Array.from(rows).forEach((row: unknown, index) => {
    if (!Array.isArray(row)) {
      throw new InputError(`${name}[${index}] must be an array of numbers, not ${describe(row)}; a single row is [[...]]`);
    }
    if (row.length !== length) {
      throw new InputError(`${name}[${index}] has ${row.length} values, but ${name}[0] has ${length}; pad the rows`, {
        details: { name, row: index, length: row.length, expected: length },
      });
    }
    const bad = row.findIndex((value: unknown) => !Number.isInteger(value) || value !== ((value as number) | 0));
    if (bad >= 0) throw new InputError(`${name}[${index}][${bad}] is ${String(row[bad])}, not an integer of 32 bits`);
  });
  return { data: Int32Array.from(rows.flat() as number[]), batch: rows.length, length };
}
