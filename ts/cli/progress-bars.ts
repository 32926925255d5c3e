import type { MultiBar, SingleBar } from "cli-progress";
import type { ProgressEvent } from "../hub/index.js";

/** Files below this size come faster than a bar can be read, in bytes. */
const WORTH_A_BAR = 1_000_000;

/** A bar for each large file, on standard error. */
export class ProgressBars {
  readonly #bars: MultiBar;
  readonly #byFile = new Map<string, SingleBar>();

  private constructor(bars: MultiBar) {
    this.#bars = bars;
  }

  static async create(): Promise<ProgressBars> {
    const { default: progress } = await import("cli-progress");
    const format = "{bar} {percentage}% {loaded} of {size} MB {file}";
    return new ProgressBars(
      new progress.MultiBar({ stream: process.stderr, format, clearOnComplete: true, hideCursor: true }, progress.Presets.shades_classic),
    );
  }

  /** Takes an event of a load. */
  on(event: ProgressEvent): void {
    if (event.status === "download" && event.total >= WORTH_A_BAR) {
      this.#byFile.set(event.file, this.#bars.create(event.total, 0, { file: event.file, loaded: "0.0", size: megabytes(event.total) }));
    } else if (event.status === "progress") {
      this.#byFile.get(event.file)?.update(event.loaded, { loaded: megabytes(event.loaded) });
    } else if (event.status === "done") {
      const bar = this.#byFile.get(event.file);
      if (bar !== undefined) this.#bars.remove(bar);
      this.#byFile.delete(event.file);
    }
  }

  /** Takes the bars away and gives the cursor back. */
  stop(): void {
    this.#bars.stop();
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
