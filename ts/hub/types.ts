import type { CacheOption } from "./cache.js";

/** What is known of a file without reading it. */
export interface FileStat {
  /** Bytes. */
  readonly size: number;
  /** Identity of the content: a hash, an ETag, or the time of change. Equal only if the content is. */
  readonly etag?: string;
}

/** Which bytes to read: `[begin, end)`, the whole file by default. */
export interface ReadOptions {
  begin?: number | undefined;
  end?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** Anything that can hand out a checkpoint's files. Paths are relative, with `/` between folders and no `..`. */
export interface ModelSource {
  /** For messages. */
  readonly name: string;
  /** Size and identity of a file, or null if there is no such file. */
  stat(path: string, options?: { signal?: AbortSignal | undefined }): Promise<FileStat | null>;
  /**
   * Bytes `[begin, end)` of a file as a stream.
   * @throws LoadError if there is no such file, or a byte of the range cannot be had; the stream may fail so, too
   */
  read(path: string, options?: ReadOptions): Promise<ReadableStream<Uint8Array>>;
  /**
   * Fills memory with the bytes of a file from `begin` on. A source may leave it out: weights then come by `read`, which costs more.
   * @throws LoadError as `read`, and if the file ends before
   */
  readInto?(memory: Uint8Array<ArrayBuffer>, path: string, begin: number, options?: { signal?: AbortSignal | undefined }): Promise<void>;
}

/**
 * Where a checkpoint is: a hub id `"owner/name"`, the URL of a folder, a folder's path (Node, Deno), a folder's handle or
 * its files (browser), `"builtin:reader"`, or an object that hands out files itself.
 */
export type SourceLike = string | URL | ModelSource | FileSystemDirectoryHandle | readonly File[];

/**
 * What happens to a file while a checkpoint loads. For each file: one `initiate`, one `download`, then `progress` whose
 * `loaded` never falls and ends at the constant `total`, one `done`. Sizes are in bytes. `warning` tells of something that
 * does not stop the load. `ready` comes once, from the call that loads, with the name of the source as `file`.
 */
export type ProgressEvent =
  | { readonly status: "initiate"; readonly file: string }
  | { readonly status: "download"; readonly file: string; readonly total: number }
  | { readonly status: "progress"; readonly file: string; readonly loaded: number; readonly total: number }
  | { readonly status: "done"; readonly file: string; readonly total: number }
  | { readonly status: "warning"; readonly file: string; readonly message: string }
  | { readonly status: "ready"; readonly file: string };

/** Takes progress events. Must not throw. */
export type ProgressListener = (event: ProgressEvent) => void;

/** How a source is opened. */
export interface SourceOptions {
  /** Branch, tag or commit of a hub repository. @default "main" */
  revision?: string | undefined;
  /** Folder inside the source that all paths are relative to. */
  subfolder?: string | undefined;
  /**
   * Access token of the hub, sent only to the endpoint and only in a header.
   * @default the environment's HF_TOKEN in Node and Deno
   */
  token?: string | undefined;
  /** The hub's address. @default the environment's HF_ENDPOINT in Node and Deno, else "https://huggingface.co" */
  endpoint?: string | undefined;
  /** Where downloads are kept: see {@link CacheOption}. @default "auto" */
  cache?: CacheOption | undefined;
  /** Use what the cache has and nothing else. @default false, or true where the environment has HF_HUB_OFFLINE=1 */
  localFilesOnly?: boolean | undefined;
  /** Used instead of the global `fetch`. */
  fetch?: typeof fetch | undefined;
  /** Ends the opening; the reads have their own. */
  signal?: AbortSignal | undefined;
  /** Gets the source's `warning`s; files' progress comes from the calls that read them. */
  onProgress?: ProgressListener | undefined;
}
