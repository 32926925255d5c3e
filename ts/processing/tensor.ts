import { InputError } from "../errors.js";
import { describe } from "../options.js";

/** The element types that a {@link Tensor} can have. */
export type TensorType = "float32" | "int32";

/** The array that holds a tensor's elements. */
export type TensorArray<T extends TensorType> = T extends "float32" ? Float32Array : Int32Array;

/** Numbers nested to any depth, as {@link Tensor.tolist} gives them. */
export type NestedNumbers = number | readonly NestedNumbers[];

/**
 * A rectangular block of numbers in row-major order.
 *
 * `data()` is a promise because a tensor may live on a device; those made here live in ordinary memory.
 */
export class Tensor<T extends TensorType = TensorType> {
  readonly dtype: T;
  /** The length of each axis, outermost first; empty for a single number. */
  readonly dims: readonly number[];
  #data: TensorArray<T> | null;

  /**
   * @param data the elements, as many as the product of `dims`; a typed array of the right kind is kept, not copied
   * @throws InputError if the lengths disagree, or a number does not fit `int32`
   */
  constructor(dtype: T, data: TensorArray<T> | readonly number[], dims: readonly number[]) {
    if (dtype !== "float32" && dtype !== "int32") {
      throw new InputError(`Tensor: dtype must be "float32" or "int32", not ${JSON.stringify(dtype) ?? describe(dtype)}`);
    }
    if (!Array.isArray(dims) || dims.some((dim) => !Number.isSafeInteger(dim) || dim < 0)) {
      throw new InputError("Tensor: dims must be an array of integers, none negative");
    }
    const size = dims.reduce((product: number, dim: number) => product * dim, 1);
    const array = toTypedArray(dtype, data);
    if (array.length !== size) {
      throw new InputError(`Tensor: dims [${dims.join(", ")}] hold ${size} elements, but data has ${array.length}`, {
        details: { dims: [...dims], length: array.length },
      });
    }
    this.dtype = dtype;
    this.dims = Object.freeze([...dims] as number[]);
    this.#data = array;
  }

  /**
   * Makes a tensor of nested arrays: `Tensor.from("int32", [[1, 2], [3, 4]])` has dims [2, 2].
   *
   * @throws InputError naming the first row whose length differs from its siblings'
   */
  static from<T extends TensorType>(dtype: T, nested: NestedNumbers): Tensor<T> {
    const dims: number[] = [];
    for (let level = nested; Array.isArray(level); level = (level as readonly NestedNumbers[])[0] ?? 0) {
      dims.push(level.length);
    }
    const flat: number[] = [];
    flatten(nested, dims, 0, [], flat);
    return new Tensor<T>(dtype, flat, dims);
  }

  /** How many elements there are. */
  get size(): number {
    return this.dims.reduce((product, dim) => product * dim, 1);
  }

  /** Whether {@link dispose} was called. */
  get disposed(): boolean {
    return this.#data === null;
  }

  /** The elements in row-major order; the tensor's own memory, not a copy. */
  async data(): Promise<TensorArray<T>> {
    return this.cpuData("data");
  }

  /** The elements as nested arrays, `dims.length` deep. */
  tolist(): NestedNumbers {
    const data = this.cpuData("tolist");
    let position = 0;
    const build = (axis: number): NestedNumbers => {
      if (axis === this.dims.length) return data[position++] as number;
      return Array.from({ length: this.dims[axis] as number }, () => build(axis + 1));
    };
    return build(0);
  }

  /** Lets go of the memory. Safe to call twice; reading afterwards throws. */
  dispose(): void {
    this.#data = null;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal The elements without a promise, for tensors that live in ordinary memory. */
  cpuData(caller = "this call"): TensorArray<T> {
    if (this.#data === null) throw new InputError(`Tensor: ${caller} after dispose()`);
    return this.#data;
  }
}

function toTypedArray<T extends TensorType>(dtype: T, data: TensorArray<T> | readonly number[]): TensorArray<T> {
  if (dtype === "float32" && data instanceof Float32Array) return data as TensorArray<T>;
  if (dtype === "int32" && data instanceof Int32Array) return data as TensorArray<T>;
  if (!Array.isArray(data)) {
    throw new InputError(`Tensor: data of ${dtype} must be an array or its typed array, not ${describe(data)}`);
  }
  data.forEach((value: unknown, index) => {
    const fits = dtype === "int32" ? Number.isInteger(value) && value === ((value as number) | 0) : typeof value === "number";
    if (!fits) throw new InputError(`Tensor: element ${index} (${String(value)}) is not a number that fits ${dtype}`);
  });
  return (dtype === "float32" ? Float32Array.from(data) : Int32Array.from(data)) as TensorArray<T>;
}

function flatten(value: NestedNumbers, dims: readonly number[], axis: number, path: number[], out: number[]): void {
  const at = path.length === 0 ? "the outermost level" : `row [${path.join("][")}]`;
  if (axis === dims.length) {
    if (Array.isArray(value)) throw new InputError(`Tensor: ${at} is an array where its siblings are numbers`);
    out.push(value as number);
    return;
  }
  if (!Array.isArray(value)) throw new InputError(`Tensor: ${at} is ${describe(value)} where its siblings are arrays`);
  if (value.length !== dims[axis]) {
    throw new InputError(`Tensor: ${at} has length ${value.length}, but the first one has ${dims[axis]}`, {
      details: { row: [...path], length: value.length, expected: dims[axis] },
    });
  }
  value.forEach((item: NestedNumbers, index) => flatten(item, dims, axis + 1, [...path, index], out));
}
