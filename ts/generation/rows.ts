import type { FinishReason } from "./result.js";
import type { DecodedStep } from "./decoding.js";

/** The rows of the decoder as steps come, and the clock. */
export class Rows {
  readonly sequences: number[][];
  /** How many new tokens of each row are its own, and not what follows its end. */
  readonly newTokens: number[];
  readonly #reasons: (FinishReason | undefined)[];
  readonly #begin = performance.now();
  #first = 0;
  #last = 0;

  constructor(prompt: readonly (readonly number[])[]) {
    this.sequences = prompt.map((row) => [...row]);
    this.newTokens = prompt.map(() => 0);
    this.#reasons = prompt.map(() => undefined);
  }

  /** Notes when a step came. */
  tick(): void {
    this.#last = performance.now();
    if (this.#first === 0) this.#first = this.#last;
  }

  /** Takes one token a row. */
  add({ tokens, finished, stopped }: DecodedStep): void {
    this.tick();
    this.sequences.forEach((row, index) => {
      row.push(tokens[index] as number);
      if (this.#reasons[index] !== undefined) return;
      this.newTokens[index] = (this.newTokens[index] as number) + 1;
      this.#reasons[index] = finished[index] !== 0 ? "stop" : stopped[index];
    });
  }

  /** Why each row ended; `otherwise` for those that did not by themselves. */
  reasons(otherwise: FinishReason): FinishReason[] {
    return this.#reasons.map((reason) => reason ?? otherwise);
  }

  /** @param newTokens in each row; those of one step each, but for the first, are what decoding takes its time for */
  times(newTokens: readonly number[]): { tokens: number; prefillMs: number; decodeMs: number; tokensPerSecond: number } {
    const tokens = newTokens.reduce((sum, count) => sum + count, 0);
    const decodeMs = this.#last - this.#first;
    const prefillMs = (this.#first || performance.now()) - this.#begin;
    const later = tokens - newTokens.length;
    // Tokens that were guessed right come at once, within a clock tick.
    const tokensPerSecond = later > 0 && decodeMs > 0 ? (1000 * later) / decodeMs : (1000 * tokens) / prefillMs;
    return { tokens, prefillMs, decodeMs, tokensPerSecond };
  }
}
