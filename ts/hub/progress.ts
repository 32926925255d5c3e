import type { ProgressListener } from "./types.js";

/** Tells a listener of one file, by the laws of {@link ProgressEvent}. */
export class FileProgress {
  readonly #listener: ProgressListener | undefined;
  readonly #file: string;
  readonly #total: number;
  #loaded = 0;

  /** @param total bytes that will be loaded of the file */
  constructor(listener: ProgressListener | undefined, file: string, total: number) {
    this.#listener = listener;
    this.#file = file;
    this.#total = total;
  }

  start(): void {
    this.#listener?.({ status: "initiate", file: this.#file });
    this.#listener?.({ status: "download", file: this.#file, total: this.#total });
    if (this.#total === 0) this.add(0);
  }

  /** Counts bytes; the last ones end the file. */
  add(bytes: number): void {
    this.#loaded += bytes;
    this.#listener?.({ status: "progress", file: this.#file, loaded: this.#loaded, total: this.#total });
    if (this.#loaded === this.#total) this.#listener?.({ status: "done", file: this.#file, total: this.#total });
  }
}

/**
 * Makes one load out of several: a file that two of them read (a config, for model and processor) is told of once. `warning` and
 * `ready` pass.
 * @returns the listener to give to each; undefined for undefined
 */
export function oncePerFile(listener: ProgressListener | undefined): ProgressListener | undefined {
  if (listener === undefined) return undefined;
  const seen = new Map<string, { initiated: boolean; total: number | undefined; loaded: number; done: boolean }>();
  return (event) => {
    if (event.status === "warning" || event.status === "ready") return listener(event);
    const file = seen.get(event.file) ?? { initiated: false, total: undefined, loaded: -1, done: false };
    seen.set(event.file, file);
    if (event.status === "initiate") {
      if (file.initiated) return;
      file.initiated = true;
    } else if (event.status === "download") {
      if (file.total !== undefined) return;
      file.total = event.total;
    } else if (event.status === "progress") {
      if (file.done || event.total !== file.total || event.loaded <= file.loaded) return;
      file.loaded = event.loaded;
    } else {
      if (file.done || event.total !== file.total) return;
      file.done = true;
    }
    listener(event);
  };
}
