import type { FileStat, ModelSource, ReadOptions } from "./types.js";

/** A folder inside another source. */
export class Subfolder implements ModelSource {
  readonly name: string;
  readonly #whole: ModelSource;
  readonly #folder: string;
  readonly readInto?: NonNullable<ModelSource["readInto"]>;

  constructor(whole: ModelSource, folder: string) {
    this.name = `${whole.name}, folder ${folder}`;
    this.#whole = whole;
    this.#folder = folder;
    if (whole.readInto !== undefined) this.readInto = (memory, path, ...rest) => whole.readInto!(memory, `${folder}/${path}`, ...rest);
  }

  stat(path: string, options?: { signal?: AbortSignal | undefined }): Promise<FileStat | null> {
    return this.#whole.stat(`${this.#folder}/${path}`, options);
  }

  read(path: string, options?: ReadOptions): Promise<ReadableStream<Uint8Array>> {
    return this.#whole.read(`${this.#folder}/${path}`, options);
  }
}
