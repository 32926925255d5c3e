import type { SourceLike } from "../hub/index.js";
import { checkOptions } from "../options.js";
import type { Tensor } from "../processing/tensor.js";
import type { WasmTensor } from "../runtime/glue.js";
import { decode, type DecodeExtras } from "./decode.js";
import { CACHE_SOURCE_KEYS, type CacheSource, DECODER_SOURCE_KEYS, type DecoderSource } from "./decoder-inputs.js";
import { loadModel } from "./load-model.js";
import type { FromPretrainedOptions } from "./load-options.js";
import { toTensor } from "./outputs.js";
import { T5Gemma2PreTrainedModel } from "./pretrained-model.js";

/** What `T5Gemma2Model.forward` reads. */
export interface BaseForwardInputs extends DecoderSource, CacheSource {}

/** What `T5Gemma2Model.forward` returns. */
export interface BaseForwardOutput extends DecodeExtras {
  /** The decoder's, [batch, length, hidden]. */
  readonly lastHiddenState: Tensor<"float32">;
}

/** Encoder and decoder without a head. */
export class T5Gemma2Model extends T5Gemma2PreTrainedModel {
  /**
   * Loads a checkpoint: configuration, device and text weights now, vision weights when the first picture comes.
   *
   * @throws ConfigError, LoadError, InputError for an option, DeviceError; the signal's reason when it fires
   */
  static async fromPretrained(source: SourceLike, options: FromPretrainedOptions = {}): Promise<T5Gemma2Model> {
    const { core } = await loadModel({ name: "T5Gemma2Model", task: "base" }, source, options);
    return new T5Gemma2Model(core);
  }

  /**
   * Runs encoder and decoder once.
   *
   * @throws InputError naming the argument, row and position
   */
  async forward(inputs: BaseForwardInputs): Promise<BaseForwardOutput> {
    checkOptions("forward", inputs, [...DECODER_SOURCE_KEYS, ...CACHE_SOURCE_KEYS]);
    const { output, extras } = await decode(this.core, inputs, { states: true });
    return { lastHiddenState: toTensor(output.lastHiddenState as WasmTensor), ...extras };
  }
}
