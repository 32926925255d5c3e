import { InputError } from "../errors.js";
import type { Tensor } from "../processing/tensor.js";
import type { WasmCache, WasmTensor } from "../runtime/glue.js";
import { EncoderOutputs } from "./encoder-outputs.js";
import type { ModelCore } from "./model-core.js";
import { toTensor } from "./outputs.js";

/** Keys and values of one layer, each [batch, key heads, tokens, head size]. */
export interface KeysAndValues {
  readonly keys: Tensor<"float32">;
  readonly values: Tensor<"float32">;
}

/**
 * What the decoder keeps of the tokens that it has read, on the device: `pastKeyValues`. A call that is given one reads only the
 * tokens that follow and takes them in; it goes on with the encoder output that the cache began with.
 */
export class EncoderDecoderCache {
  readonly #core: ModelCore;
  #handle: WasmCache | null;

  /** @internal */
  constructor(core: ModelCore, handle: WasmCache) {
    this.#core = core;
    this.#handle = handle;
  }

  /** Tokens that the decoder has read, in each row. */
  get length(): number {
    return this.#ask((handle) => handle.seen());
  }

  /** Rows. */
  get batch(): number {
    return this.#ask((handle) => handle.batch());
  }

  /** Layers of the decoder. */
  get layers(): number {
    return this.#ask((handle) => handle.layers());
  }

  /** Tokens of the encoder output, padding included. */
  get encoderLength(): number {
    return this.#ask((handle) => handle.encoderDims())[1] as number;
  }

  /** Whether {@link dispose} was called. */
  get disposed(): boolean {
    return this.#handle === null;
  }

  /**
   * What a layer keeps of the decoder's own tokens, oldest first: all of them, or in a sliding layer the newest `slidingWindow - 1`.
   *
   * @throws InputError for a layer that there isn't
   */
  selfAttention(layer: number): Promise<KeysAndValues> {
    return this.#read(layer, false);
  }

  /**
   * What a layer keeps of the encoder's tokens; one row for each of the encoder's, which several beams share.
   *
   * @throws InputError for a layer that there isn't
   */
  crossAttention(layer: number): Promise<KeysAndValues> {
    return this.#read(layer, true);
  }

  /**
   * Takes the newest tokens back, as transformers' `crop` does. A sliding layer that has dropped older ones can't give them back.
   *
   * @param tokensToRemove 0 or a negative number: `-3` forgets three
   * @throws InputError for another number, for more tokens than there are or than can be taken back
   */
  crop(tokensToRemove: number): void {
    if (!Number.isSafeInteger(tokensToRemove) || tokensToRemove > 0) {
      throw new InputError(`crop: takes 0 or a negative number, of tokens to remove, not ${tokensToRemove}`, { details: { tokensToRemove } });
    }
    this.#ask((handle) => handle.crop(-tokensToRemove));
  }

  /**
   * Repeats each row, next to itself: a cache of one row each goes on with as many beams or returned sequences.
   *
   * @throws InputError for less than one of each
   */
  batchRepeatInterleave(repeats: number): void {
    if (!Number.isSafeInteger(repeats) || repeats < 1) throw new InputError(`batchRepeatInterleave: must be a whole number above 0, not ${repeats}`, { details: { repeats } });
    this.#ask((handle) => handle.repeat(repeats));
  }

  /** A cache that goes on apart from this one. */
  copy(): EncoderDecoderCache {
    return new EncoderDecoderCache(this.#core, this.#ask((handle) => handle.copy()));
  }

  /** Frees the device's memory. Safe to call twice; later use throws. */
  dispose(): void {
    if (this.#handle !== null) this.#core.runtime.instance.free(this.#handle);
    this.#handle = null;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal The handle, for the model that made it. */
  handleFor(core: ModelCore): WasmCache {
    if (core !== this.#core) throw new InputError("pastKeyValues: were made by another model", { details: { argument: "pastKeyValues" } });
    if (this.#handle === null) throw new InputError("pastKeyValues: were disposed", { details: { argument: "pastKeyValues" } });
    return this.#handle;
  }

  /** @internal The encoder output that the cache began with, repeated so that there are `rows`. */
  encoderOutputs(core: ModelCore, rows?: number): EncoderOutputs {
    const handle = this.handleFor(core);
    return new EncoderOutputs(core, core.runtime.instance.call(() => handle.encoderOutput(rows)), { mask: undefined });
  }

  #ask<T>(question: (handle: WasmCache) => T): T {
    const handle = this.handleFor(this.#core);
    return this.#core.runtime.instance.call(() => question(handle));
  }

  async #read(layer: number, cross: boolean): Promise<KeysAndValues> {
    if (!Number.isSafeInteger(layer) || layer < 0 || layer >= this.layers) {
      throw new InputError(`layer: ${layer} is none of ${this.layers}`, { details: { argument: "layer", layers: this.layers } });
    }
    const read = await this.#core.run(() => this.handleFor(this.#core).keysAndValues(layer, cross));
    const { keys, values } = read as { keys: WasmTensor; values: WasmTensor };
    return { keys: toTensor(keys), values: toTensor(values) };
  }
}
