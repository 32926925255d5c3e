import { LoadError } from "../../errors.js";
import { checkPath, checkRange } from "../paths.js";
import type { FileStat, ModelSource, ReadOptions } from "../types.js";
import { fileURLToPath, fs, join, orNull, resolve } from "./files.js";

/** How much is read from a disk at once. */
const CHUNK_BYTES = 1024 * 1024;

/** A folder on disk. */
export class FolderSource implements ModelSource {
  readonly name: string;
  readonly #folder: string;

  /** @param name for messages; the folder's path by default */
  constructor(folder: string | URL, name?: string) {
    this.#folder = resolve(folder instanceof URL ? fileURLToPath(folder) : folder);
    this.name = name ?? this.#folder;
  }

  async stat(path: string, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<FileStat | null> {
    checkPath(path);
    signal?.throwIfAborted();
    let stats;
    try {
      stats = await orNull(fs.stat(this.#path(path)));
    } catch (cause) {
      throw this.#unreadable(path, cause);
    }
    return stats?.isFile() === true ? { size: stats.size, etag: `${stats.size}-${stats.mtimeMs}` } : null;
  }

  async read(path: string, options: ReadOptions = {}): Promise<ReadableStream<Uint8Array>> {
    const { signal } = options;
    const stat = await this.stat(path, { signal });
    if (stat === null) throw new LoadError(`there is no "${path}" in ${this.name}`, { details: { file: path } });
    const { begin, end } = checkRange(path, stat.size, options.begin, options.end);
    const file = await fs.open(this.#path(path), "r").catch((cause: unknown) => {
      throw this.#unreadable(path, cause);
    });
    let position = begin;
    return new ReadableStream({
      type: "bytes",
      autoAllocateChunkSize: Math.min(CHUNK_BYTES, Math.max(1, end - begin)),
      pull: async (controller) => {
        const request = controller.byobRequest!;
        const view = request.view as Uint8Array<ArrayBuffer>;
        const wanted = Math.min(view.length, end - position);
        try {
          signal?.throwIfAborted();
          if (wanted > 0) {
            const { bytesRead } = await file.read(view, 0, wanted, position);
            if (bytesRead === 0) throw this.#cut(path, position, end);
            position += bytesRead;
            request.respond(bytesRead);
          }
        } catch (error) {
          await file.close();
          throw signal?.aborted === true || error instanceof LoadError ? error : this.#unreadable(path, error);
        }
        if (position < end) return;
        await file.close();
        controller.close();
        // Whoever asks for more by now hears that this was the end.
        controller.byobRequest?.respond(0);
      },
      cancel: () => file.close(),
    });
  }

  async readInto(memory: Uint8Array<ArrayBuffer>, path: string, begin: number, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    checkPath(path);
    signal?.throwIfAborted();
    const file = await fs.open(this.#path(path), "r").catch((cause: unknown) => {
      throw this.#unreadable(path, cause);
    });
    try {
      for (let filled = 0; filled < memory.length; ) {
        const { bytesRead } = await file.read(memory, filled, memory.length - filled, begin + filled);
        if (bytesRead === 0) throw this.#cut(path, begin + filled, begin + memory.length);
        signal?.throwIfAborted();
        filled += bytesRead;
      }
    } catch (error) {
      throw signal?.aborted === true || error instanceof LoadError ? error : this.#unreadable(path, error);
    } finally {
      await file.close();
    }
  }

  #path(path: string): string {
    return join(this.#folder, ...path.split("/"));
  }

  #unreadable(path: string, cause: unknown): LoadError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new LoadError(`cannot read "${path}" in ${this.name}: ${reason}`, { cause, details: { file: path } });
  }

  #cut(path: string, position: number, end: number): LoadError {
    const message = `"${path}" in ${this.name} ended at byte ${position} of ${end}: it changed while it was being read`;
    return new LoadError(message, { details: { file: path, received: position, expected: end } });
  }
}

/** Whether a path is an existing folder. */
export async function isFolder(path: string): Promise<boolean> {
  return (await orNull(fs.stat(path)).catch(() => null))?.isDirectory() === true;
}
