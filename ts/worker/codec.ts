import { errorFromCode, InputError, isErrorCode, T5Gemma2Error } from "../errors.js";
import { Tensor } from "../processing/tensor.js";
import type { SentError } from "./protocol.js";

const TAG = "t5gemma2:type";

function isPlain(value: object): value is Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null;
}

/**
 * Makes a value fit for sending: tensors and URLs get a form that can be cloned; the platform clones the rest.
 *
 * @param name how the caller calls the value, for messages
 * @throws InputError naming a function, which can't be sent
 */
export function pack(value: unknown, name: string): unknown {
  if (typeof value === "function") throw new InputError(`${name}: a function can't be sent to a worker`, { details: { argument: name } });
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Tensor) return { [TAG]: "tensor", dtype: value.dtype, data: value.cpuData(name), dims: value.dims };
  if (value instanceof URL) return { [TAG]: "url", href: value.href };
  if (Array.isArray(value)) return value.map((item, index) => pack(item, `${name}[${index}]`));
  if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, pack(item, `${name}.${key}`)]));
  return value;
}

/** What {@link pack} was given. */
export function unpack(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(unpack);
  if (!isPlain(value)) return value;
  if (value[TAG] === "tensor") {
    const { dtype, data, dims } = value as unknown as { dtype: "float32"; data: Float32Array; dims: number[] };
    return new Tensor(dtype, data, dims);
  }
  if (value[TAG] === "url") return new URL(value["href"] as string);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unpack(item)]));
}

/** An error in a form that can be cloned. */
export function packError(error: unknown): SentError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), details: undefined };
  const details = error instanceof T5Gemma2Error ? error.details : undefined;
  return { name: error.name, message: error.message, details: details && (JSON.parse(JSON.stringify(details)) as typeof details) };
}

/** The error that was sent, of its own class. */
export function unpackError({ name, message, details }: SentError): Error {
  if (isErrorCode(name)) return errorFromCode(name, message, details && { details });
  if (name === "AbortError") return new DOMException(message, name);
  return Object.defineProperty(new Error(message), "name", { value: name, configurable: true, writable: true });
}
