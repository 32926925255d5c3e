import type { SourceOptions } from "../hub/index.js";

/** How a checkpoint's files are found: what every `fromPretrained` takes. */
export interface LoadOptions extends SourceOptions {
  /** Where the model computes. Accepted so that one options object serves all classes; no part of processing depends on it. */
  device?: unknown;
  /** How many threads compute. Accepted for the same reason. */
  threads?: unknown;
  /** How the model's weights are kept. Accepted for the same reason. */
  dtype?: unknown;
}

/** Every key of {@link LoadOptions}. */
export const LOAD_OPTIONS = [
  "device",
  "threads",
  "dtype",
  "revision",
  "subfolder",
  "token",
  "endpoint",
  "cache",
  "localFilesOnly",
  "onProgress",
  "signal",
  "fetch",
] as const satisfies readonly (keyof LoadOptions)[];
