import type { EncoderDecoderCache } from "../models/encoder-decoder-cache.js";
import type { Device, Dtype } from "../runtime/types.js";
import type { StepCosts } from "./meter.js";
import type { StepOutputs } from "./outputs.js";

/**
 * Why a row ended: with an end token, a stop string or by a criterion ("stop"), at the limit of tokens or with the end of a beam
 * search, at the limit of time, or by the caller's signal.
 */
export type FinishReason = "stop" | "length" | "time" | "abort";

/** Where and how fast an answer was computed. */
export interface GenerationStats extends StepCosts {
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
  /** With `promptLookupNumTokens` or `assistantModel`: tokens that were guessed ahead. */
  readonly guessedTokens?: number;
  /** Those of them that proved right. */
  readonly acceptedTokens?: number;
  /** "captured" where the device replays a recorded step and the host only reads tokens back, "stepwise" where it takes part in each. */
  readonly path: "captured" | "stepwise";
  /** Why the host took part in each step. */
  readonly pathReason?: string;
  /** Bytes of the weights that the decoder reads for a token: its layers and the head. */
  readonly weightBytes: number;
  /** The most bytes that the wasm memory had so far; on WebGPU, weights are not in it. */
  readonly peakMemoryBytes: number;
}

/** What `generate` returns. */
export interface GenerateResult extends StepOutputs {
  /**
   * The decoder's prompt and what was generated, `numReturnSequences` rows for each of the input; those that ended before
   * others are padded.
   */
  readonly sequences: number[][];
  readonly finishReasons: FinishReason[];
  /** Of a beam search: sums of log-probabilities over the length to the power of the length penalty. */
  readonly sequencesScores?: readonly number[];
  /** Of a beam search: for each new token the row of that step's scores it was chosen from, -1 after the last. */
  readonly beamIndices?: readonly (readonly number[])[];
  /**
   * What the decoder has read, every token but the newest of each row, or of each running beam: with `returnDictInGenerate`, or what was
   * given. Whoever asked for it disposes it.
   */
  readonly pastKeyValues?: EncoderDecoderCache;
  /** A sentence for each option of the caller's that had no effect. */
  readonly warnings: readonly string[];
  readonly stats: GenerationStats;
}
