import { InputError, LoadError } from "../errors.js";
import { checkPath, checkRange } from "./paths.js";
import type { FileStat, ModelSource, ReadOptions } from "./types.js";

/** Files that the browser was handed: as a folder's handle, or one by one. */
export class BlobSource implements ModelSource {
  readonly name: string;
  readonly #find: (path: string) => Promise<File | null>;

  constructor(name: string, find: (path: string) => Promise<File | null>) {
    this.name = name;
    this.#find = find;
  }

  async stat(path: string, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<FileStat | null> {
    const file = await this.#file(path, signal);
    return file && { size: file.size, etag: `${file.size}-${file.lastModified}` };
  }

  async read(path: string, options: ReadOptions = {}): Promise<ReadableStream<Uint8Array>> {
    const { signal } = options;
    const file = await this.#file(path, signal);
    if (file === null) throw new LoadError(`there is no "${path}" in ${this.name}`, { details: { file: path } });
    const { begin, end } = checkRange(path, file.size, options.begin, options.end);
    const reader = file.slice(begin, end).stream().getReader();
    let position = begin;
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          let result;
          try {
            signal?.throwIfAborted();
            result = await reader.read();
          } catch (error) {
            await reader.cancel().catch(() => {});
            throw signal?.aborted === true ? error : this.#failure(path, error);
          }
          if (result.value !== undefined) {
            position += result.value.length;
            return controller.enqueue(result.value);
          }
          if (position < end) throw this.#failure(path, `it ended at byte ${position} of ${end}`);
          controller.close();
        },
        cancel: (reason) => reader.cancel(reason),
      },
      { highWaterMark: 0 },
    );
  }

  #failure(path: string, cause: unknown): LoadError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new LoadError(`cannot read "${path}" in ${this.name}: ${reason}; if it changed, choose it again`, { cause, details: { file: path } });
  }

  async #file(path: string, signal: AbortSignal | undefined): Promise<File | null> {
    checkPath(path);
    signal?.throwIfAborted();
    return this.#find(path);
  }
}

/** The files of a folder that the user picked or dropped, or of the origin's private file system. */
export function handleSource(folder: FileSystemDirectoryHandle): ModelSource {
  return new BlobSource(`the folder "${folder.name}"`, async (path) => {
    const parts = path.split("/");
    const last = parts.pop()!;
    try {
      let here = folder;
      for (const part of parts) here = await here.getDirectoryHandle(part);
      return await (await here.getFileHandle(last)).getFile();
    } catch (cause) {
      const name = (cause as { name?: string }).name;
      if (name === "NotFoundError" || name === "TypeMismatchError") return null;
      throw new LoadError(`cannot open "${path}" in the folder "${folder.name}": ${(cause as Error).message}`, { cause, details: { file: path } });
    }
  });
}

/**
 * Files from `<input type="file">`. With `webkitdirectory` each knows its path from the chosen folder on, whose own name is left
 * out; without, files are found by name.
 */
export function filesSource(files: readonly File[]): ModelSource {
  if (files.length === 0) throw new InputError("no files were given");
  const paths = files.map((file) => file.webkitRelativePath || file.name);
  const tops = new Set(paths.map((path) => (path.includes("/") ? path.slice(0, path.indexOf("/")) : null)));
  const inFolder = tops.size === 1 && !tops.has(null);
  const byPath = new Map<string, File>();
  for (const [index, file] of files.entries()) {
    const path = inFolder ? paths[index]!.slice(paths[index]!.indexOf("/") + 1) : paths[index]!;
    if (byPath.has(path)) throw new InputError(`two of the files given are named "${path}"`, { details: { path } });
    byPath.set(path, file);
  }
  return new BlobSource("the files given", (path) => Promise.resolve(byPath.get(path) ?? null));
}
