import { InputError } from "../errors.js";
import { describe } from "../options.js";
import { type NestedNumbers, Tensor } from "../processing/tensor.js";

/** Embeddings [batch, length, hidden] in place of token ids, scaled as the model's own: a float32 tensor or nested arrays. */
export type Embeddings = Tensor<"float32"> | readonly (readonly (readonly number[])[])[];

/** Embeddings in one block. */
export interface EmbedsBlock {
  /** batch x length x hidden values. */
  readonly data: Float32Array;
  readonly batch: number;
  readonly length: number;
}

/**
 * Checks embeddings against the model's width.
 *
 * @throws InputError naming the argument and what it should have been
 */
export function checkEmbeds(name: string, value: Embeddings, hidden: number): EmbedsBlock {
  const tensor = toTensor(name, value);
  const [batch = 0, length = 0, width] = tensor.dims;
  if (tensor.dims.length !== 3 || width !== hidden || batch === 0 || length === 0) {
    throw new InputError(`${name}: must have dims [batch, length, ${hidden}], not [${tensor.dims.join(", ")}]`, {
      details: { argument: name, dims: [...tensor.dims] },
    });
  }
  return { data: tensor.cpuData(name), batch, length };
}

function toTensor(name: string, value: Embeddings): Tensor<"float32"> {
  if (value instanceof Tensor) {
    if (value.dtype === "float32") return value;
    throw new InputError(`${name}: must be a float32 tensor, not ${(value as Tensor).dtype}`, { details: { argument: name } });
  }
  if (!Array.isArray(value)) throw new InputError(`${name}: must be a tensor or nested arrays, not ${describe(value)}`, { details: { argument: name } });
  try {
    return Tensor.from("float32", value as NestedNumbers);
  } catch (error) {
    throw new InputError(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error, details: { argument: name } });
  }
}
