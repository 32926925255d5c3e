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

  /** @internal The encoder output that the cache began with. */
  encoderOutputs(core: ModelCore): EncoderOutputs {
    const handle = this.handleFor(core);
    return new EncoderOutputs(core, core.runtime.instance.call(() => handle.encoderOutput()), { mask: undefined });
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
