import { Tensor } from "../processing/tensor.js";
import { toTensor } from "../models/outputs.js";
import type { WasmRecorded, WasmStep } from "../runtime/glue.js";

/** A token and the natural logarithm of its probability. */
export interface TokenLogprob {
  readonly tokenId: number;
  readonly logprob: number;
}

/** A chosen token with its log-probability, and the likeliest ones, itself among them if it is one. */
export interface ChosenLogprob extends TokenLogprob {
  readonly top: readonly TokenLogprob[];
}

/** What steps report besides tokens, as it was asked for. */
export interface StepOutputs {
  /** For each step, what tokens were chosen from [rows, vocab]; log-probabilities in a beam search. */
  readonly scores?: readonly Tensor<"float32">[];
  /** For each step, the model's own logits [rows, vocab]. */
  readonly logits?: readonly Tensor<"float32">[];
  /** For each row and each of its own new tokens. */
  readonly logprobs?: readonly (readonly ChosenLogprob[])[];
  /** For each layer of the encoder, its attention weights [batch, heads, length, length]; not where `encoderOutputs` were given. */
  readonly encoderAttentions?: readonly Tensor<"float32">[];
  /** The encoder's embeddings and what each of its layers made [batch, length, hidden], the last one normed; likewise. */
  readonly encoderHiddenStates?: readonly Tensor<"float32">[];
  /** For each step and layer, the decoder's attention to its own tokens [rows, heads, new tokens, tokens]. */
  readonly decoderAttentions?: readonly (readonly Tensor<"float32">[])[];
  /** For each step and layer, the decoder's attention to the encoder's tokens [rows, heads, new tokens, encoder length]. */
  readonly crossAttentions?: readonly (readonly Tensor<"float32">[])[];
  /** For each step, the embeddings and what each layer made [rows, new tokens, hidden], the last one normed. */
  readonly decoderHiddenStates?: readonly (readonly Tensor<"float32">[])[];
}

/** Collects what steps report. */
export class Outputs {
  readonly #rows: number;
  readonly #scores: Tensor<"float32">[] = [];
  readonly #logits: Tensor<"float32">[] = [];
  readonly #logprobs: ChosenLogprob[][] = [];
  readonly #attentions: Tensor<"float32">[][] = [];
  readonly #crossAttentions: Tensor<"float32">[][] = [];
  readonly #hiddenStates: Tensor<"float32">[][] = [];

  #encoder: WasmRecorded | undefined;

  /** @param rows of the decoder */
  constructor(rows: number) {
    this.#rows = rows;
  }

  /** The scores so far, undefined where none were asked for. */
  get scores(): readonly Tensor<"float32">[] | undefined {
    return this.#scores.length === 0 ? undefined : this.#scores;
  }

  add({ scores, logits, logprobs, recorded }: WasmStep): void {
    this.addScores(scores);
    if (logits !== undefined) this.#logits.push(this.#tensor(logits));
    logprobs?.forEach(({ tokenIds, logprobs: values }, row) => {
      const [chosen, ...top] = [...tokenIds].map((tokenId, index) => ({ tokenId, logprob: values[index] as number }));
      (this.#logprobs[row] ??= []).push({ ...(chosen as TokenLogprob), top });
    });
    if (recorded?.hiddenStates !== undefined) this.#hiddenStates.push(recorded.hiddenStates.map(toTensor));
    if (recorded?.attentions !== undefined) this.#attentions.push(recorded.attentions.map(toTensor));
    if (recorded?.crossAttentions !== undefined) this.#crossAttentions.push(recorded.crossAttentions.map(toTensor));
  }

  /** What was recorded of the encoder. */
  addEncoder(recorded: WasmRecorded | undefined): void {
    this.#encoder = recorded;
  }

  /** The scores of a step that has not ended yet. */
  addScores(scores: Float32Array | undefined): void {
    if (scores !== undefined) this.#scores.push(this.#tensor(scores));
  }

  /** @param newTokens how many new tokens of each row are its own */
  finish(newTokens: readonly number[]): StepOutputs {
    const some = <T>(items: readonly T[]): readonly T[] | undefined => (items.length === 0 ? undefined : items);
    const logprobs = some(this.#logprobs)?.map((steps, row) => steps.slice(0, newTokens[row]));
    const found = {
      scores: some(this.#scores),
      logits: some(this.#logits),
      logprobs,
      encoderAttentions: this.#encoder?.attentions?.map(toTensor),
      encoderHiddenStates: this.#encoder?.hiddenStates?.map(toTensor),
      decoderAttentions: some(this.#attentions),
      crossAttentions: some(this.#crossAttentions),
      decoderHiddenStates: some(this.#hiddenStates),
    };
    return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as StepOutputs;
  }

  #tensor(data: Float32Array): Tensor<"float32"> {
    return new Tensor("float32", data, [this.#rows, data.length / this.#rows]);
  }
}
