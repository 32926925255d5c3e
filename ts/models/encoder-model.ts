import type { SourceLike } from "../hub/index.js";
import type { Tensor } from "../processing/tensor.js";
import { loadModel } from "./load-model.js";
import type { FromPretrainedOptions } from "./load-options.js";
import type { EncoderInputs } from "./inputs.js";
import { defined } from "./outputs.js";
import { type EncodeOptions, T5Gemma2PreTrainedModel } from "./pretrained-model.js";

/** What `T5Gemma2Encoder.forward` returns. */
export interface EncoderForwardOutput {
  /** [batch, length, hidden]; rows of padding mean nothing. */
  readonly lastHiddenState: Tensor<"float32">;
  /** [batch, length, hidden] each: the embeddings, then what each layer gives, the last one normed. */
  readonly hiddenStates?: Tensor<"float32">[];
  /** [batch, heads, length, length] of each layer. */
  readonly attentions?: Tensor<"float32">[];
}

/** The encoder alone, for embeddings: no weight of the decoder is read or kept. */
export class T5Gemma2Encoder extends T5Gemma2PreTrainedModel {
  /**
   * Loads the encoder of a checkpoint: configuration, device and text weights now, vision weights when the first picture comes.
   *
   * @throws ConfigError, LoadError, InputError for an option, DeviceError; the signal's reason when it fires
   */
  static async fromPretrained(source: SourceLike, options: FromPretrainedOptions = {}): Promise<T5Gemma2Encoder> {
    const { core } = await loadModel({ name: "T5Gemma2Encoder", task: "encoder" }, source, options);
    return new T5Gemma2Encoder(core);
  }

  /**
   * Runs the encoder once.
   *
   * @throws InputError naming the argument, row and position
   */
  async forward(inputs: EncoderInputs & EncodeOptions): Promise<EncoderForwardOutput> {
    using encoded = await this.encode(inputs);
    return defined({
      lastHiddenState: await encoded.lastHiddenState(),
      hiddenStates: await encoded.hiddenStates(),
      attentions: await encoded.attentions(),
    }) as EncoderForwardOutput;
  }
}
