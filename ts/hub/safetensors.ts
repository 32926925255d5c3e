import { LoadError } from "../errors.js";
import { isPlainPath } from "./paths.js";
import { readJson, readRange } from "./read.js";
import type { ModelSource, ProgressListener } from "./types.js";

const WHOLE = "model.safetensors";
const INDEX = "model.safetensors.index.json";

/** The format's own limit of the header, in bytes. */
const MAX_HEADER_BYTES = 100_000_000;

/** More shards than any checkpoint has. */
const MAX_SHARDS = 10_000;

/**
 * Finds a checkpoint's safetensors files: `model.safetensors`, or else the shards that `model.safetensors.index.json` names, sorted.
 * @throws LoadError if there is neither, or the index is not one or names a file outside its folder
 */
export async function findWeightFiles(source: ModelSource, options: { signal?: AbortSignal | undefined; onProgress?: ProgressListener | undefined } = {}): Promise<string[]> {
  if ((await source.stat(WHOLE, { signal: options.signal })) !== null) return [WHOLE];
  if ((await source.stat(INDEX, { signal: options.signal })) === null) {
    throw new LoadError(`there is neither "${WHOLE}" nor "${INDEX}" in ${source.name}`, { details: { file: WHOLE } });
  }
  const index = await readJson<{ weight_map?: unknown } | null>(source, INDEX, options);
  const map = index?.weight_map;
  if (typeof map !== "object" || map === null || Array.isArray(map)) throw badIndex(source, `it has no object "weight_map"`);
  const files = new Set<string>();
  for (const [tensor, file] of Object.entries(map)) {
    if (typeof file !== "string" || !isPlainPath(file) || !file.endsWith(".safetensors")) {
      throw badIndex(source, `the tensor ${JSON.stringify(tensor)} is said to be in ${JSON.stringify(file)}, which is not the name of a safetensors file in the same folder`);
    }
    files.add(file);
    if (files.size > MAX_SHARDS) throw badIndex(source, `it names more than ${MAX_SHARDS} files`);
  }
  if (files.size === 0) throw badIndex(source, "it names no file");
  return [...files].sort();
}

function badIndex(source: ModelSource, reason: string): LoadError {
  return new LoadError(`"${INDEX}" of ${source.name} is not an index of weights: ${reason}`, { details: { file: INDEX } });
}

/** The beginning of a safetensors file. */
export interface SafetensorsHead {
  /** The 8 bytes that tell the header's length, and the JSON header. */
  readonly head: Uint8Array<ArrayBuffer>;
  /** Bytes of the whole file. */
  readonly size: number;
}

/**
 * Reads a safetensors file up to the end of its header. What is in the header is not looked at, but for its first byte.
 * @throws LoadError if the file does not exist, or tells a header length that cannot be: then no memory is taken for it
 */
export async function readSafetensorsHead(source: ModelSource, path: string, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<SafetensorsHead> {
  const stat = await source.stat(path, { signal });
  if (stat === null) throw new LoadError(`there is no "${path}" in ${source.name}`, { details: { file: path } });
  const { size } = stat;
  const fail = (reason: string): LoadError => new LoadError(`"${path}" of ${source.name} is not a safetensors file: ${reason}`, { details: { file: path, size } });
  if (size < 10) throw fail(`it has only ${size} bytes`);
  const prefix = await readRange(source, path, 0, 8, signal);
  const length = new DataView(prefix.buffer).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) throw fail(`its header would be ${length} bytes long, over the limit of ${MAX_HEADER_BYTES}`);
  if (length > BigInt(size - 8)) throw fail(`its header would be ${length} bytes long, but the file has only ${size}`);
  if (length < 2n) throw fail(`its header would be ${length} bytes long`);
  const head = await readRange(source, path, 0, 8 + Number(length), signal);
  if (head[8] !== 0x7b) throw fail("its header is not a JSON object");
  return { head, size };
}
