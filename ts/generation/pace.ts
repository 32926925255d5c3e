/** Steps that a device takes ahead, at most; the bindings allow no more. */
const MOST = 16;

/**
 * How many steps a device may take before anyone sees their tokens: at first one, later as many as keep the delay of a token
 * within a limit, and never so many that an answer's end wastes more than half of it.
 */
export class Pace {
  readonly #latencyMs: number;
  readonly #begin = performance.now();
  #tokens = 0;

  /** @param latencyMs how long a token may wait for those after it */
  constructor(latencyMs: number) {
    this.#latencyMs = latencyMs;
  }

  /** Notes that a step's tokens came. */
  tick(): void {
    this.#tokens += 1;
  }

  /** For the next step. */
  get ahead(): number {
    const perToken = (performance.now() - this.#begin) / Math.max(this.#tokens, 1);
    const within = perToken > 0 ? Math.floor(this.#latencyMs / perToken) : MOST;
    return Math.max(1, Math.min(MOST, this.#tokens >> 2, within));
  }
}
