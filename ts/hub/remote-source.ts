import { LoadError } from "../errors.js";
import { type CachedFile, PART_BYTES, partLength } from "./cache.js";
import { InFlight } from "./in-flight.js";
import { checkPath, checkRange } from "./paths.js";
import type { Remote, RemoteFile } from "./remote.js";
import { isUnavailable } from "./response.js";
import type { TolerantCache } from "./tolerant-cache.js";
import type { FileStat, ModelSource, ReadOptions } from "./types.js";

/** The largest piece that a stream holds out. */
const PIECE_BYTES = 1024 * 1024;

export interface RemoteSourceOptions {
  /** For messages. */
  readonly name: string;
  /** Null when only the cache may be used. */
  readonly remote: Remote | null;
  /** Does not reject but for what it finds wrong with a file: a {@link TolerantCache}. */
  readonly cache: TolerantCache | null;
  /** What the files' content belongs to, for the cache. */
  readonly commit: string;
  /** Whether the files of `commit` never change, so that what the cache knows of them needs no question to the server. */
  readonly pinned: boolean;
}

/** The files of a server, with or without a cache before it. Everything is read in parts; parts asked for twice are shared. */
export class RemoteSource implements ModelSource {
  readonly name: string;
  readonly #options: RemoteSourceOptions;
  readonly #files = new Map<string, RemoteFile | null>();
  readonly #finding = new InFlight<RemoteFile | null>();
  readonly #loading = new InFlight<Uint8Array>();

  constructor(options: RemoteSourceOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async stat(path: string, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<FileStat | null> {
    const file = await this.#find(path, signal);
    return file && { size: file.size, ...(file.etag !== undefined && { etag: file.etag }) };
  }

  async read(path: string, options: ReadOptions = {}): Promise<ReadableStream<Uint8Array>> {
    const file = await this.#find(path, options.signal);
    if (file === null) throw this.#missing(path);
    const { begin, end } = checkRange(path, file.size, options.begin, options.end);
    const cached = this.#cached(path, file);
    const stop = new AbortController();
    const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
    let position = begin;
    let part: Uint8Array = new Uint8Array(0);
    let partBegin = begin;
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          if (position === end) return controller.close();
          if (position === partBegin + part.length) {
            const start = position - (position % PART_BYTES);
            // With a cache the part is loaded whole, to be kept; without, only what is asked for.
            partBegin = cached === null ? position : start;
            const partEnd = cached === null ? Math.min(end, start + PART_BYTES) : start + partLength(file.size, start / PART_BYTES);
            part = await this.#part(path, file, cached, partBegin, partEnd, signal);
          }
          const until = Math.min(position + PIECE_BYTES, partBegin + part.length, end);
          // A copy: another reader may share the part, and this one may transfer what it gets.
          controller.enqueue(part.slice(position - partBegin, until - partBegin));
          position = until;
          if (position < end) return;
          part = new Uint8Array(0);
          controller.close();
        },
        cancel: (reason) => stop.abort(reason),
      },
      { highWaterMark: 0 },
    );
  }

  /** Adds what is known already, from the request that found the commit. */
  async learn(path: string, file: RemoteFile | null): Promise<void> {
    this.#files.set(path, file);
    await this.#remember(path, file);
  }

  #find(path: string, signal: AbortSignal | undefined): Promise<RemoteFile | null> {
    return this.#finding.run(path, signal, async (shared) => {
      checkPath(path);
      const known = this.#files.get(path);
      if (known !== undefined) return known;
      const file = await this.#ask(path, shared);
      this.#files.set(path, file);
      return file;
    });
  }

  async #ask(path: string, signal: AbortSignal): Promise<RemoteFile | null> {
    const { remote, cache, commit, pinned } = this.#options;
    const fromCache = async (): Promise<RemoteFile | null | undefined> => {
      const known = (await cache?.stat(commit, path)) ?? undefined;
      return known === undefined ? undefined : known === "absent" ? null : { ...known, ranges: true };
    };
    if (remote === null) return (await fromCache()) ?? null;
    const known = pinned ? await fromCache() : undefined;
    if (known !== undefined) return known;
    let file: RemoteFile | null;
    try {
      ({ file } = await remote.probe(path, signal));
    } catch (error) {
      signal.throwIfAborted();
      const kept = isUnavailable(error) && !pinned ? await fromCache() : undefined;
      if (kept === undefined) throw error;
      return kept;
    }
    await this.#remember(path, file);
    return file;
  }

  /** Lets the cache know what the server said of a file. */
  async #remember(path: string, file: RemoteFile | null): Promise<void> {
    const { cache, commit, pinned } = this.#options;
    if (cache === null) return;
    const record = file === null ? (pinned ? "absent" : null) : this.#cached(path, file);
    if (record !== null) await cache.setStat(commit, path, record);
  }

  /** A file without identity is not cached: nobody could tell whether a part still belongs to it. */
  #cached(path: string, file: RemoteFile): CachedFile | null {
    if (this.#options.cache === null || file.etag === undefined) return null;
    return { size: file.size, etag: file.etag, commit: this.#options.commit, path, hashed: file.hashed === true };
  }

  #part(path: string, file: RemoteFile, cached: CachedFile | null, begin: number, end: number, signal: AbortSignal): Promise<Uint8Array> {
    return this.#loading.run(`${begin} ${end} ${path}`, signal, async (shared) => {
      const { remote, cache } = this.#options;
      const index = Math.floor(begin / PART_BYTES);
      if (cache !== null && cached !== null) {
        const kept = await cache.part(cached, index);
        if (kept !== null) return kept;
        shared.throwIfAborted();
      }
      if (remote === null) throw this.#missing(path, begin);
      const bytes = await remote.fetch(path, file, begin, end, shared);
      // Waited for, so that no more parts are in memory than readers ask for.
      if (cache !== null && cached !== null) await cache.putPart(cached, index, bytes);
      return bytes;
    });
  }

  #missing(path: string, begin?: number): LoadError {
    const { remote } = this.#options;
    if (remote !== null) return new LoadError(`there is no "${path}" in ${this.name}`, { details: { file: path, status: 404 } });
    const what = begin === undefined ? `"${path}" of ${this.name} is not in the cache` : `"${path}" of ${this.name} is only partly in the cache`;
    return new LoadError(`${what}; load it once without localFilesOnly`, { details: { file: path, localFilesOnly: true } });
  }
}
