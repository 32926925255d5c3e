import type { Device, Dtype } from "../runtime/types.js";

/** Why a row ended: a token that ends answers, the limit of tokens, or the caller's signal. */
export type FinishReason = "stop" | "length" | "abort";

/** Where and how fast an answer was computed. */
export interface GenerationStats {
  readonly device: Device;
  readonly dtype: Dtype;
  /** Tokens that the encoder read, padding not counted. */
  readonly inputTokens: number;
  /** Tokens that were generated, in all rows, padding not counted. */
  readonly tokens: number;
  /** Milliseconds from the call to the first token: pictures, encoder, the decoder's prompt. */
  readonly prefillMs: number;
  /** Milliseconds from the first token to the last. */
  readonly decodeMs: number;
  /** Tokens after each row's first, for a second of decoding; of a single token, that of the whole call. */
  readonly tokensPerSecond: number;
  /** Bytes of the wasm memory when the answer was there; it never shrinks. On WebGPU, weights are not in it. */
  readonly memoryBytes: number;
}

/** What `generate` returns. */
export interface GenerateResult {
  /** For each row, the decoder's prompt and what was generated; rows that ended before others are padded. */
  readonly sequences: number[][];
  readonly finishReasons: FinishReason[];
  readonly stats: GenerationStats;
}

/** Collects rows as steps come. */
export class Rows {
  readonly sequences: number[][];
  readonly #finished: boolean[];
  readonly #begin = performance.now();
  #first = 0;
  #last = 0;
  #tokens = 0;

  constructor(prompt: readonly (readonly number[])[]) {
    this.sequences = prompt.map((row) => [...row]);
    this.#finished = prompt.map(() => false);
  }

  /** Takes one token a row; `finished` says of each row whether it has ended with it, or before. */
  add(tokens: ArrayLike<number>, finished: ArrayLike<number>): void {
    this.#last = performance.now();
    if (this.#first === 0) this.#first = this.#last;
    this.sequences.forEach((row, index) => {
      row.push(tokens[index] as number);
      if (!this.#finished[index]) this.#tokens += 1;
      this.#finished[index] = finished[index] !== 0;
    });
  }

  finish(aborted: boolean, place: { device: Device; dtype: Dtype; inputTokens: number; memoryBytes: number }): GenerateResult {
    const rows = this.sequences.length;
    const decodeMs = this.#last - this.#first;
    const prefillMs = (this.#first || performance.now()) - this.#begin;
    const later = this.#tokens - rows;
    const tokensPerSecond = later > 0 ? (1000 * later) / decodeMs : (1000 * this.#tokens) / prefillMs;
    return {
      sequences: this.sequences,
      finishReasons: this.#finished.map((finished) => (finished ? "stop" : aborted ? "abort" : "length")),
      stats: { ...place, tokens: this.#tokens, prefillMs, decodeMs, tokensPerSecond },
    };
  }
}
