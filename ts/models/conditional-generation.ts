import { openSource, readJson, type SourceLike } from "../hub/index.js";
import type { GenerateOptions } from "../generation/options.js";
import type { GenerateResult } from "../generation/result.js";
import { type GenerationDefaults, readGenerationDefaults } from "../generation/settings.js";
import { transitionScores, type TransitionInputs } from "../generation/transition-scores.js";
import { checkOptions } from "../options.js";
import { openRuntime } from "../runtime/runtime.js";
import type { Device, Dtype } from "../runtime/types.js";
import { parseConfig, type T5Gemma2Config } from "./config.js";
import type { EncoderOutputs } from "./encoder-outputs.js";
import { encoderInputsOf, forward, type ForwardInputs, type ForwardOutput } from "./forward.js";
import { generate, type GenerateInputs, stream, type StreamedToken, type StreamInputs } from "./generate.js";
import { ENCODER_INPUT_KEYS, type EncoderInputs } from "./inputs.js";
import { checkDtypeOption, checkLoadOptions, type FromPretrainedOptions } from "./load-options.js";
import { ModelCore } from "./model-core.js";
import { refuseUnimplemented, UNIMPLEMENTED_INPUTS } from "./unimplemented-inputs.js";
import { chooseDtype, findWeights, loadWeights } from "./weights.js";

/** Options of `encode`. */
export interface EncodeOptions {
  /** Ends the wait for vision weights, or keeps the encoder from starting: the call then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/**
 * T5Gemma 2 with its language-model head: text and pictures in, text out.
 *
 * Several calls may be under way at once: each step waits for its turn, and their results are those of calls one by one.
 */
export class T5Gemma2ForConditionalGeneration {
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
  readonly #core: ModelCore;

  /** @internal */
  constructor(core: ModelCore, generationConfig: GenerationDefaults) {
    this.#core = core;
    this.config = core.config;
    this.generationConfig = generationConfig;
    this.device = core.runtime.device;
    this.deviceReason = core.runtime.reason;
    this.dtype = core.dtype;
    this.dtypeReason = core.dtypeReason;
  }

  /**
   * Loads a checkpoint: configuration, device and text weights now, vision weights when the first picture comes.
   *
   * @throws ConfigError, LoadError, InputError for an option, DeviceError; the signal's reason when it fires
   */
  static async fromPretrained(source: SourceLike, options: FromPretrainedOptions = {}): Promise<T5Gemma2ForConditionalGeneration> {
    checkLoadOptions("T5Gemma2ForConditionalGeneration.fromPretrained", options);
    const { device, dtype: _dtype, ...rest } = options;
    const wish = checkDtypeOption(options.dtype);
    const { signal, onProgress } = rest;
    const files = await openSource(source, rest);
    const json = await readJson(files, "config.json", { signal, onProgress });
    const config = parseConfig(json, files.name);
    const configJson = JSON.stringify(json);
    const [generation, weights, runtime] = await Promise.all([
      readJson<Record<string, unknown>>(files, "generation_config.json", { signal, onProgress, optional: true }),
      findWeights(files, { signal, onProgress }),
      openRuntime({ device }),
    ]);
    const { dtype, reason: dtypeReason } = chooseDtype(wish, weights);
    const loader = await loadWeights(runtime, configJson, "text", dtype, weights, { signal, onProgress });
    // The loader is used up, whether or not the model comes to be.
    const model = runtime.instance.call((glue) => new glue.Model(configJson, loader));
    const core = new ModelCore({ runtime, config, configJson, dtype, dtypeReason, weights, model, onProgress });
    const { bosTokenId: bos_token_id, eosTokenId: eos_token_id, padTokenId: pad_token_id } = config;
    const defaults = readGenerationDefaults(generation ?? { bos_token_id, eos_token_id, pad_token_id });
    onProgress?.({ status: "ready", file: files.name });
    return new T5Gemma2ForConditionalGeneration(core, defaults);
  }

  /** Whether {@link dispose} was called. */
  get disposed(): boolean {
    return this.#core.disposed;
  }

  /**
   * Runs the encoder once, for any number of answers.
   *
   * @throws InputError naming the argument, row and position
   */
  async encode(inputs: EncoderInputs & EncodeOptions): Promise<EncoderOutputs> {
    checkOptions("encode", inputs, [...ENCODER_INPUT_KEYS, "signal", ...UNIMPLEMENTED_INPUTS]);
    refuseUnimplemented("encode", inputs);
    inputs.signal?.throwIfAborted();
    return this.#core.encode(encoderInputsOf(inputs), inputs.signal);
  }

  /**
   * Runs encoder and decoder once: logits of every decoder position.
   *
   * @throws InputError naming the argument, row and position
   */
  async forward(inputs: ForwardInputs): Promise<ForwardOutput> {
    return forward(this.#core, inputs);
  }

  /**
   * Answers one input or a batch.
   *
   * @throws InputError naming an option or argument; the signal's reason if it had fired before the call. One that fires
   *   later cuts the answer short: the finish reason is then "abort".
   */
  async generate(inputs: GenerateInputs & GenerateOptions): Promise<GenerateResult> {
    return generate(this.#core, this.generationConfig, inputs);
  }

  /**
   * Answers one input, token by token. Whoever stops reading, or fires the signal, stops the generation.
   *
   * @throws InputError naming an option or argument, when reading begins
   */
  stream(inputs: StreamInputs): AsyncGenerator<StreamedToken, void, undefined> {
    return stream(this.#core, this.generationConfig, inputs);
  }

  /**
   * The score of each new token of what `generate` answered with `outputScores`; 0 after a beam's last.
   *
   * @returns [rows, new tokens]
   * @throws InputError where shapes do not fit
   */
  async computeTransitionScores(inputs: TransitionInputs): Promise<number[][]> {
    checkOptions("computeTransitionScores", inputs, ["sequences", "scores", "beamIndices", "normalizeLogits"]);
    return transitionScores(inputs);
  }

  /** Frees the weights. Safe to call twice; later calls throw. */
  dispose(): void {
    this.#core.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Loads the model class that makes text for a checkpoint; here, always the same one. */
export const AutoModelForSeq2SeqLM = {
  /** See {@link T5Gemma2ForConditionalGeneration.fromPretrained}. */
  fromPretrained(source: SourceLike, options: FromPretrainedOptions = {}): Promise<T5Gemma2ForConditionalGeneration> {
    return T5Gemma2ForConditionalGeneration.fromPretrained(source, options);
  },
} as const;
