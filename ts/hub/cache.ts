import type { FileStat } from "./types.js";

/**
 * Files are transferred and cached in parts of this many bytes: the largest value that a {@link CacheStore} is given. Small
 * enough that a few in flight are little memory; large enough that a request's latency is small against its transfer, and that
 * a checkpoint of many GB stays under the hub's limit of requests.
 */
export const PART_BYTES = 4 * 1024 * 1024;

/**
 * A place that keeps bytes under keys, to bring your own cache. Values are at most 4 MiB. A key is a plain relative path; the
 * content that belongs to it never changes, except under `.../refs/...` (which commit a branch is at) and `.../latest/...`.
 * A store may lose any value at any time; a call that rejects makes the load go on without the cache, with a `warning`.
 */
export interface CacheStore {
  /** The bytes under `key`, or null if there are none. */
  get(key: string): Promise<Uint8Array | null>;
  /** Keeps a copy of `bytes` under `key`, in place of what was there: either all of it, visible at once, or nothing. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Forgets `key`; no-op if it is not there. */
  delete(key: string): Promise<void>;
  /** The keys that begin with `prefix`, in any order; empty if there are none. */
  keys(prefix: string): Promise<readonly string[]>;
}

/**
 * - `"auto"`: in Node and Deno the folder that Hugging Face's Python libraries use (HF_HUB_CACHE, HF_HOME), for hub ids; in
 *   browsers the Cache API, for hub ids and for URLs
 * - `false`: nothing is read from a cache or kept in one
 * - a {@link CacheStore}: for hub ids and for URLs, in every runtime
 *
 * Files that are local already are never copied into a cache.
 */
export type CacheOption = "auto" | false | CacheStore;

/** What a cache knows of a file. */
export interface KnownFile extends FileStat {
  readonly etag: string;
  /** Whether `etag` is the content's SHA-256. */
  readonly hashed: boolean;
}

/** A file, and where it belongs. */
export interface CachedFile extends KnownFile {
  readonly commit: string;
  readonly path: string;
}

/**
 * The cache of one repository. A file is kept in parts of {@link PART_BYTES}, each whole or absent. So a range of a large file is
 * cached as it is read, no file is ever held in memory, an interrupted download goes on in a later run, and weights that
 * nobody needs (the vision tower of a text-only load) are not transferred for the sake of a whole file.
 */
export interface RepositoryCache {
  /** The commit that a branch or tag was at when last seen, or null. */
  ref(revision: string): Promise<string | null>;
  setRef(revision: string, commit: string): Promise<void>;
  /** What is known of a file of a commit: `"absent"` if the commit has no such file, null if nothing is known. */
  stat(commit: string, path: string): Promise<KnownFile | "absent" | null>;
  setStat(commit: string, path: string, file: CachedFile | "absent"): Promise<void>;
  /** A part of a file, or null if it is not there in its right length. */
  part(file: CachedFile, index: number): Promise<Uint8Array | null>;
  /** @throws LoadError if the file is complete with this part and is not what its hash says: then nothing of it is kept */
  putPart(file: CachedFile, index: number, bytes: Uint8Array): Promise<void>;
}

export function partCount(size: number): number {
  return Math.max(1, Math.ceil(size / PART_BYTES));
}

export function partLength(size: number, index: number): number {
  return Math.min(PART_BYTES, size - index * PART_BYTES);
}

/** A repository's cache in a {@link CacheStore}. Parts lie under the content's ETag, so that commits share unchanged files. */
export class StoreCache implements RepositoryCache {
  readonly #store: CacheStore;
  readonly #scope: string;

  /** @param scope prefix of this repository's keys */
  constructor(store: CacheStore, scope: string) {
    this.#store = store;
    this.#scope = scope;
  }

  async ref(revision: string): Promise<string | null> {
    const bytes = await this.#store.get(`${this.#scope}/refs/${revision}`);
    const commit = bytes === null ? "" : new TextDecoder().decode(bytes);
    return /^[0-9a-f]{40}$/.test(commit) ? commit : null;
  }

  setRef(revision: string, commit: string): Promise<void> {
    return this.#store.put(`${this.#scope}/refs/${revision}`, new TextEncoder().encode(commit));
  }

  async stat(commit: string, path: string): Promise<KnownFile | "absent" | null> {
    const bytes = await this.#store.get(this.#statKey(commit, path));
    return bytes === null ? null : parseStat(new TextDecoder().decode(bytes));
  }

  setStat(commit: string, path: string, file: CachedFile | "absent"): Promise<void> {
    return this.#store.put(this.#statKey(commit, path), new TextEncoder().encode(formatStat(file)));
  }

  async part(file: CachedFile, index: number): Promise<Uint8Array | null> {
    const key = this.#partKey(file, index);
    const bytes = await this.#store.get(key);
    if (bytes === null || bytes.length === partLength(file.size, index)) return bytes;
    await this.#store.delete(key);
    return null;
  }

  putPart(file: CachedFile, index: number, bytes: Uint8Array): Promise<void> {
    return this.#store.put(this.#partKey(file, index), bytes);
  }

  #statKey(commit: string, path: string): string {
    return `${this.#scope}/files/${commit}/${path}`;
  }

  #partKey({ etag, size }: CachedFile, index: number): string {
    return `${this.#scope}/parts/${encodeURIComponent(etag)}-${size}/${index}`;
  }
}

export function formatStat(file: KnownFile | "absent"): string {
  return JSON.stringify(file === "absent" ? file : { size: file.size, etag: file.etag, hashed: file.hashed });
}

/** Reads what {@link formatStat} wrote; null if it is something else. */
export function parseStat(text: string): KnownFile | "absent" | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (value === "absent") return value;
  if (typeof value !== "object" || value === null) return null;
  const { size, etag, hashed } = value as { size?: unknown; etag?: unknown; hashed?: unknown };
  if (!Number.isSafeInteger(size) || typeof etag !== "string") return null;
  return { size: size as number, etag, hashed: hashed === true };
}
