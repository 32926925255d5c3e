import { InputError } from "../errors.js";
import type { GenerateOptions } from "../generation/options.js";
import type { GenerateResult } from "../generation/result.js";
import type { GenerationDefaults } from "../generation/settings.js";
import { type TransitionInputs, transitionScores } from "../generation/transition-scores.js";
import type { SourceLike } from "../hub/index.js";
import { T5Gemma2Config } from "../models/config.js";
import type { EncodeOptions } from "../models/pretrained-model.js";
import type { ForwardInputs, ForwardOutput } from "../models/forward.js";
import type { GenerateInputs, StreamedToken, StreamInputs } from "../models/generate.js";
import type { EncoderInputs } from "../models/inputs.js";
import { checkLoadOptions, type FromPretrainedOptions } from "../models/load-options.js";
import type { Tensor } from "../processing/tensor.js";
import type { Device, Dtype } from "../runtime/types.js";
import type { WorkerClient } from "./client.js";
import type { EncoderOutputsInfo, Handle, ModelInfo } from "./protocol.js";

/** Inputs whose encoder outputs, if they are there, are a worker's. */
export type InWorker<Inputs> = Omit<Inputs, "encoderOutputs"> & {
  /** What `encode` of the same model made. */
  encoderOutputs?: WorkerEncoderOutputs | undefined;
};

/** What a model in a worker made of an input; see `EncoderOutputs`. */
export class WorkerEncoderOutputs {
  /** [batch, length, hidden]. */
  readonly dims: readonly number[];
  readonly #client: WorkerClient;
  #handle: Handle | null;

  /** @internal */
  constructor(client: WorkerClient, info: EncoderOutputsInfo) {
    this.#client = client;
    this.#handle = info.encoderOutputs;
    this.dims = info.dims;
  }

  /** Whether {@link dispose} was called. */
  get disposed(): boolean {
    return this.#handle === null;
  }

  /** The encoder's last hidden state, [batch, length, hidden]; rows of padding mean nothing. */
  async lastHiddenState(): Promise<Tensor<"float32">> {
    return this.#client.call("lastHiddenState", { encoderOutputs: this.handleFor(this.#client) });
  }

  /** Frees the memory. Safe to call twice; later use throws. */
  dispose(): void {
    if (this.#handle !== null) this.#client.dispose(this.#handle);
    this.#handle = null;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal */
  handleFor(client: WorkerClient): Handle {
    if (client !== this.#client) throw new InputError("encoderOutputs: were made in another worker");
    if (this.#handle === null) throw new InputError("encoderOutputs: were disposed");
    return this.#handle;
  }
}

/** A model in a worker: the API of `T5Gemma2ForConditionalGeneration`, off the main thread. */
export class WorkerModel {
  readonly config: T5Gemma2Config;
  /** The checkpoint's `generation_config.json` in camelCase: the defaults of `generate`. */
  readonly generationConfig: GenerationDefaults;
  /** Where it computes. */
  readonly device: Device;
  /** Why it computes there. */
  readonly deviceReason: string;
  /** How its weights are kept. */
  readonly dtype: Dtype;
  /** Why they are kept so. */
  readonly dtypeReason: string;
  readonly #client: WorkerClient;
  #handle: Handle | null;

  /** @internal */
  constructor(client: WorkerClient, info: ModelInfo) {
    this.#client = client;
    this.#handle = info.model;
    this.config = T5Gemma2Config.fromJSON(info.config);
    this.generationConfig = info.generationConfig;
    this.device = info.device;
    this.deviceReason = info.deviceReason;
    this.dtype = info.dtype;
    this.dtypeReason = info.dtypeReason;
  }

  /** @internal */
  static async load(client: WorkerClient, source: SourceLike, options: FromPretrainedOptions): Promise<WorkerModel> {
    checkLoadOptions("fromPretrained", options);
    const { signal, onProgress, ...rest } = options;
    return new WorkerModel(client, await client.call("openModel", { source, options: rest }, { signal, onProgress }));
  }

  /** Whether {@link dispose} was called. */
  get disposed(): boolean {
    return this.#handle === null;
  }

  /** Runs the encoder once, for any number of answers. */
  async encode(inputs: EncoderInputs & EncodeOptions): Promise<WorkerEncoderOutputs> {
    const { signal, ...rest } = inputs;
    return new WorkerEncoderOutputs(this.#client, await this.#client.call("encode", { model: this.#live(), inputs: rest }, { signal }));
  }

  /** Runs encoder and decoder once: logits of every decoder position. */
  async forward(inputs: InWorker<ForwardInputs>): Promise<ForwardOutput> {
    const { encoderOutputs, ...given } = inputs;
    if (given.pastKeyValues !== undefined || given.useCache === true) {
      throw new InputError("pastKeyValues: can't leave a worker; continue them where the model is", { details: { argument: "pastKeyValues" } });
    }
    const rest = { ...given, useCache: false };
    return this.#client.call("forward", { model: this.#live(), inputs: rest, encoderOutputs: encoderOutputs?.handleFor(this.#client) });
  }

  /** Answers one input or a batch. */
  async generate(inputs: InWorker<GenerateInputs> & GenerateOptions): Promise<GenerateResult> {
    const { encoderOutputs, signal, streamer, tokenizer, ...rest } = inputs;
    if (tokenizer !== undefined) throw new InputError("tokenizer: can't be sent to a worker; a pipeline there has its own");
    const args = { model: this.#live(), inputs: rest, encoderOutputs: encoderOutputs?.handleFor(this.#client) };
    return this.#client.call("generate", args, { signal, streamer });
  }

  /** Answers one input, token by token. Whoever stops reading, or fires the signal, stops the generation. */
  async *stream(inputs: InWorker<StreamInputs>): AsyncGenerator<StreamedToken, void, undefined> {
    const { encoderOutputs, signal, tokenizer, streamer, ...rest } = inputs as StreamInputs & { encoderOutputs?: WorkerEncoderOutputs };
    if (streamer !== undefined) throw new InputError("streamer: is for generate in a worker; stream hands out the tokens itself");
    const args = { model: this.#live(), inputs: rest, encoderOutputs: encoderOutputs?.handleFor(this.#client) };
    const decoder = tokenizer?.streamDecoder({ skipSpecialTokens: true });
    // One token is held back: what is left of the text belongs to the last one.
    let held: StreamedToken | undefined;
    for await (const { tokenId } of this.#client.stream("streamModel", args, { signal })) {
      if (held !== undefined) yield held;
      held = { tokenId, text: decoder?.push(tokenId) ?? "" };
    }
    if (held !== undefined) yield { tokenId: held.tokenId, text: held.text + (decoder?.end() ?? "") };
  }

  /**
   * The score of each new token of each row; as the class's own, computed where it is called.
   *
   * @returns [rows, new tokens]
   * @throws InputError where shapes do not fit
   */
  async computeTransitionScores(inputs: TransitionInputs): Promise<number[][]> {
    return transitionScores(inputs);
  }

  /** Frees the weights. Safe to call twice; later calls throw. */
  dispose(): void {
    if (this.#handle !== null) this.#client.dispose(this.#handle);
    this.#handle = null;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #live(): Handle {
    if (this.#handle === null) throw new InputError("the model was disposed");
    return this.#handle;
  }
}
