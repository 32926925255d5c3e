/** The stable names of everything that can go wrong here. An aborted call throws the platform's `AbortError` instead. */
export type ErrorCode = "ConfigError" | "LoadError" | "InputError" | "DeviceError";

/** Options of every error class of this package. */
export interface T5Gemma2ErrorOptions {
  /** The error that led to this one. */
  cause?: unknown;
  /** Facts for programs: the culprit's name, index, limits. */
  details?: Readonly<Record<string, unknown>>;
}

/** What all errors of this package have in common; `code` and `name` are equal and stay as they are. */
export class T5Gemma2Error extends Error {
  readonly code: ErrorCode;
  readonly details?: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: T5Gemma2ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.details !== undefined) this.details = options.details;
    // Own and not enumerable, as the engine's own errors have it.
    Object.defineProperty(this, "name", { value: code, configurable: true, writable: true });
  }
}

/** A configuration that is malformed, contradicts itself or asks for something that is not implemented. */
export class ConfigError extends T5Gemma2Error {
  declare readonly code: "ConfigError";

  constructor(message: string, options?: T5Gemma2ErrorOptions) {
    super("ConfigError", message, options);
  }
}

/** A file that is missing, unreachable, truncated or not what it claims to be. */
export class LoadError extends T5Gemma2Error {
  declare readonly code: "LoadError";

  constructor(message: string, options?: T5Gemma2ErrorOptions) {
    super("LoadError", message, options);
  }
}

/** An argument that the caller can correct: its name is in the message. */
export class InputError extends T5Gemma2Error {
  declare readonly code: "InputError";

  constructor(message: string, options?: T5Gemma2ErrorOptions) {
    super("InputError", message, options);
  }
}

/** A device that is not there, was lost, or whose instance has ended; a new load makes a new one. */
export class DeviceError extends T5Gemma2Error {
  declare readonly code: "DeviceError";

  constructor(message: string, options?: T5Gemma2ErrorOptions) {
    super("DeviceError", message, options);
  }
}

const CLASSES = { ConfigError, LoadError, InputError, DeviceError } as const;

/** Builds the class that belongs to a code, as errors arrive from wasm or a worker. */
export function errorFromCode(code: ErrorCode, message: string, options?: T5Gemma2ErrorOptions): T5Gemma2Error {
  return new CLASSES[code](message, options);
}

/** Whether a string is one of this package's error codes. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(CLASSES, value);
}
