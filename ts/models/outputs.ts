import { Tensor } from "../processing/tensor.js";
import type { WasmTensor } from "../runtime/glue.js";

/** A tensor of numbers read from the device. */
export function toTensor({ data, dims }: WasmTensor): Tensor<"float32"> {
  return new Tensor("float32", data, [...dims]);
}

/** One tensor a layer, if there are any. */
export function toTensors(tensors: readonly WasmTensor[] | undefined): Tensor<"float32">[] | undefined {
  return tensors?.map(toTensor);
}

/** An object without the fields that are undefined. */
export function defined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}
