import { LoadError } from "../errors.js";
import { FileProgress } from "./progress.js";
import { readerInto } from "./reader-into.js";
import type { ModelSource, ProgressListener } from "./types.js";

/** How a whole file is read. */
export interface ReadFileOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ProgressListener | undefined;
  /** Whether the file may be absent: the result is then null, and no event is sent. @default false */
  optional?: boolean | undefined;
  /** Limit of the size, checked before memory is taken. @default 512 MiB */
  maxBytes?: number | undefined;
}

type Optional = ReadFileOptions & { optional: true };
type Needed = ReadFileOptions & { optional?: false | undefined };

const MAX_BYTES = 512 * 1024 * 1024;

/**
 * Reads a whole file into memory.
 * @throws LoadError if it does not exist, is too large, or does not come in its full length
 */
export async function readBytes(source: ModelSource, path: string, options: Optional): Promise<Uint8Array | null>;
export async function readBytes(source: ModelSource, path: string, options?: Needed): Promise<Uint8Array>;
export async function readBytes(source: ModelSource, path: string, options: ReadFileOptions = {}): Promise<Uint8Array | null> {
  const { signal, onProgress, optional = false, maxBytes = MAX_BYTES } = options;
  const stat = await source.stat(path, { signal });
  if (stat === null) {
    if (optional) return null;
    throw new LoadError(`there is no "${path}" in ${source.name}`, { details: { file: path } });
  }
  if (stat.size > maxBytes) {
    throw new LoadError(`"${path}" of ${source.name} has ${stat.size} bytes, more than the ${maxBytes} that such a file may have`, {
      details: { file: path, size: stat.size, maxBytes },
    });
  }
  const progress = new FileProgress(onProgress, path, stat.size);
  progress.start();
  return readRange(source, path, 0, stat.size, signal, (count) => progress.add(count));
}

/** Reads a whole file as UTF-8; a byte order mark is dropped. @throws LoadError as {@link readBytes}, or if it is not UTF-8 */
export async function readText(source: ModelSource, path: string, options: Optional): Promise<string | null>;
export async function readText(source: ModelSource, path: string, options?: Needed): Promise<string>;
export async function readText(source: ModelSource, path: string, options?: ReadFileOptions): Promise<string | null> {
  const bytes = await readBytes(source, path, options as Optional);
  if (bytes === null) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new LoadError(`"${path}" of ${source.name} is not UTF-8 text`, { cause, details: { file: path } });
  }
}

/** Reads a whole file as JSON. `T` is what the caller will check it to be. @throws LoadError as {@link readText}, or if it is not JSON */
export async function readJson<T = unknown>(source: ModelSource, path: string, options: Optional): Promise<T | null>;
export async function readJson<T = unknown>(source: ModelSource, path: string, options?: Needed): Promise<T>;
export async function readJson(source: ModelSource, path: string, options?: ReadFileOptions): Promise<unknown> {
  const text = await readText(source, path, options as Optional);
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LoadError(`"${path}" of ${source.name} is not JSON: ${(cause as Error).message}`, { cause, details: { file: path } });
  }
}

/**
 * Reads `[begin, end)` into memory; the caller has checked that it is not much.
 *
 * @param memory what to read into, if the source can; it is the caller's no more. Its size is `end - begin` or more.
 * @throws LoadError if fewer or more bytes come
 */
export async function readRange(
  source: ModelSource,
  path: string,
  begin: number,
  end: number,
  signal?: AbortSignal,
  onBytes?: (count: number) => void,
  memory?: ArrayBuffer,
): Promise<Uint8Array<ArrayBuffer>> {
  const length = end - begin;
  if (length === 0) return new Uint8Array(0);
  if (memory !== undefined && source.readInto !== undefined) {
    const bytes = new Uint8Array(memory, 0, length);
    await source.readInto(bytes, path, begin, { signal });
    onBytes?.(length);
    return bytes;
  }
  const reader = readerInto(await source.read(path, { begin, end, signal }), memory ?? new ArrayBuffer(length));
  let filled = 0;
  try {
    for (;;) {
      const count = await reader.read(filled, length);
      if (count === undefined) break;
      if (filled + count > length) throw wrongLength(source, path, `more than ${length}`, begin, end);
      filled += count;
      if (count > 0) onBytes?.(count);
    }
  } finally {
    // No-op at the end; after an error, the source need not go on.
    reader.cancel();
  }
  if (filled < length) throw wrongLength(source, path, String(filled), begin, end);
  return new Uint8Array(reader.memory(), 0, length);
}

function wrongLength(source: ModelSource, path: string, got: string, begin: number, end: number): LoadError {
  return new LoadError(`${source.name} gave ${got} bytes of "${path}" where bytes ${begin} to ${end} were asked for`, { details: { file: path, begin, end } });
}
