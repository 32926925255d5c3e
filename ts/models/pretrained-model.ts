import { InputError } from "../errors.js";
import { checkOptions } from "../options.js";
import { Tensor } from "../processing/tensor.js";
import type { TokenRows } from "../processing/token-rows.js";
import type { Device, Dtype } from "../runtime/types.js";
import type { T5Gemma2Config } from "./config.js";
import { checkFlag } from "./decoder-inputs.js";
import type { EncoderOutputs } from "./encoder-outputs.js";
import { encoderInputsOf } from "./encoder-source.js";
import { checkIds, ENCODER_INPUT_KEYS, type EncoderInputs } from "./inputs.js";
import type { ModelCore } from "./model-core.js";
import { outputsOf } from "./output-wishes.js";

/** Options of `encode`. */
export interface EncodeOptions {
  /** Ends the wait for vision weights, or keeps the encoder from starting: the call then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Also keep what each layer gives. Default: that of `config.encoder.textConfig`. */
  outputHiddenStates?: boolean | undefined;
  /** Also keep the attention weights of each layer. Default: likewise. */
  outputAttentions?: boolean | undefined;
}

/**
 * What all models have in common: a configuration, a device with weights, and an encoder.
 *
 * Several calls may be under way at once: each step waits for its turn, and their results are those of calls one by one.
 */
export abstract class T5Gemma2PreTrainedModel {
  readonly config: T5Gemma2Config;
  /** Where it computes. */
  readonly device: Device;
  /** Why it computes there. */
  readonly deviceReason: string;
  /** Threads that compute on the CPU. */
  readonly threads: number;
  /** Why so many. */
  readonly threadsReason: string;
  /** How its weights are kept. */
  readonly dtype: Dtype;
  /** Why they are kept so. */
  readonly dtypeReason: string;
  /** @internal */
  readonly core: ModelCore;

  /** @internal */
  constructor(core: ModelCore) {
    this.core = core;
    this.config = core.config;
    this.device = core.runtime.device;
    this.deviceReason = core.runtime.reason;
    this.threads = core.runtime.threads;
    this.threadsReason = core.runtime.threadsReason;
    this.dtype = core.dtype;
    this.dtypeReason = core.dtypeReason;
  }

  /** Bytes that the weights take on the device, as far as they are loaded: those for pictures come with the first one. */
  get weightBytes(): number {
    return this.core.weightBytes;
  }

  /** Whether {@link dispose} was called. */
  get disposed(): boolean {
    return this.core.disposed;
  }

  /**
   * Runs the encoder once, for any number of calls.
   *
   * @throws InputError naming the argument, row and position
   */
  async encode(inputs: EncoderInputs & EncodeOptions): Promise<EncoderOutputs> {
    checkOptions("encode", inputs, [...ENCODER_INPUT_KEYS, "signal", "outputHiddenStates", "outputAttentions"]);
    const { signal } = inputs;
    checkFlag("outputHiddenStates", inputs.outputHiddenStates);
    checkFlag("outputAttentions", inputs.outputAttentions);
    signal?.throwIfAborted();
    return this.core.encode(encoderInputsOf(inputs), { signal, ...outputsOf(inputs, this.config.encoder.textConfig) });
  }

  /**
   * The encoder's embeddings of tokens [batch, length, hidden], scaled: what `inputsEmbeds` take in place of ids.
   *
   * @throws InputError naming row and position of an id outside of the vocabulary
   */
  async getInputEmbeddings(inputIds: TokenRows): Promise<Tensor<"float32">> {
    const { data, batch, length } = checkIds("inputIds", inputIds, this.config);
    const embedded = (await this.core.run((model) => model.embed(data))) as Float32Array;
    return new Tensor("float32", embedded, [batch, length, embedded.length / data.length]);
  }

  /** Frees the weights. Safe to call twice; later calls throw. */
  dispose(): void {
    this.core.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** @throws InputError naming an argument that a head does not take */
export function refuse(where: string, inputs: object, names: readonly string[], reason: string): void {
  const given = inputs as Readonly<Record<string, unknown>>;
  const name = names.find((name) => given[name] !== undefined);
  if (name !== undefined) throw new InputError(`${name}: ${where} ${reason}`, { details: { argument: name } });
}
