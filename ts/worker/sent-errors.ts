import { errorFromCode, isErrorCode, T5Gemma2Error } from "../errors.js";

/** An error in a form that can be cloned. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  /** Whether the platform throws such errors, as for an abort. */
  readonly isPlatform: boolean;
  readonly cause?: unknown;
  readonly details?: unknown;
}

/** @param part packs a part; what can't be sent of causes and details is left out */
export function packError(error: object, part: (value: unknown) => unknown): SentError {
  const { name, message } = error instanceof Error || error instanceof DOMException ? error : { name: "Error", message: String(error) };
  const attempt = (key: "cause" | "details", value: unknown): object => {
    if (value === undefined) return {};
    try {
      return { [key]: part(value) };
    } catch {
      return {};
    }
  };
  return {
    name,
    message,
    isPlatform: error instanceof DOMException,
    ...attempt("cause", (error as { cause?: unknown }).cause),
    ...attempt("details", error instanceof T5Gemma2Error ? error.details : undefined),
  };
}

/** An error of the class, name and message of the one that was sent. */
export function unpackError({ name, message, isPlatform, cause, details }: SentError): Error {
  if (isErrorCode(name)) return errorFromCode(name, message, { cause, ...(details !== undefined && { details: details as Readonly<Record<string, unknown>> }) });
  if (isPlatform) return new DOMException(message, name);
  const error = new Error(message, cause === undefined ? undefined : { cause });
  return Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
}
