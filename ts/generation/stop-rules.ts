import type { Tensor } from "../processing/tensor.js";
import { criterionHits, type StoppingCriterion } from "./hooks.js";

/** Why a rule ended a row. */
export type StopReason = "stop" | "time";

/** The rules that end rows on the host, besides end tokens and the length limit. */
export class StopRules {
  readonly #criteria: readonly StoppingCriterion[];
  readonly #deadline: number;
  #isLate = false;

  /** @param maxTime seconds from now */
  constructor(criteria: readonly StoppingCriterion[], maxTime: number | undefined) {
    this.#criteria = criteria;
    this.#deadline = maxTime === undefined ? Infinity : performance.now() + 1000 * maxTime;
  }

  /** Whether nothing has to be checked. */
  get isEmpty(): boolean {
    return this.#criteria.length === 0 && this.#deadline === Infinity;
  }

  /** Whether the time was up at the last check. */
  get isLate(): boolean {
    return this.#isLate;
  }

  /** For each row why it ends here, undefined where it goes on. */
  async check(
    sequences: readonly (readonly number[])[],
    scores: readonly Tensor<"float32">[] | undefined,
  ): Promise<readonly (StopReason | undefined)[]> {
    const stopped = sequences.map(() => false);
    for (const [index, criterion] of this.#criteria.entries()) {
      const hits = await criterionHits(criterion, index, sequences, scores);
      hits.forEach((hit, row) => (stopped[row] ||= hit));
    }
    this.#isLate = performance.now() > this.#deadline;
    return stopped.map((isStopped) => (isStopped ? "stop" : this.#isLate ? "time" : undefined));
  }
}
