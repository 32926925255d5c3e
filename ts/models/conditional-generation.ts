import type { SourceLike } from "../hub/index.js";
import type { GenerateOptions } from "../generation/options.js";
import type { GenerateResult } from "../generation/result.js";
import { GenerationConfig } from "../generation/generation-config.js";
import { setFields } from "../generation/settings.js";
import { transitionScores, type TransitionInputs } from "../generation/transition-scores.js";
import { checkOptions } from "../options.js";
import { forward, type ForwardInputs, type ForwardOutput } from "./forward.js";
import { generate, type GenerateInputs, stream, type StreamedToken, type StreamInputs } from "./generate.js";
import type { JsonObject } from "./config-fields.js";
import { loadModel } from "./load-model.js";
import type { FromPretrainedOptions } from "./load-options.js";
import type { ModelCore } from "./model-core.js";
import { T5Gemma2PreTrainedModel } from "./pretrained-model.js";

/** T5Gemma 2 with its language-model head: text and pictures in, text out. */
export class T5Gemma2ForConditionalGeneration extends T5Gemma2PreTrainedModel {
  /**
   * The defaults of `generate`, as the checkpoint's `generation_config.json` has them, or else its configuration. May be changed, by field
   * or as a whole.
   */
  generationConfig: GenerationConfig;

  /** @internal */
  constructor(core: ModelCore, generationConfig: GenerationConfig) {
    super(core);
    this.generationConfig = generationConfig;
  }

  /**
   * Loads a checkpoint: configuration, device and text weights now, vision weights when the first picture comes.
   *
   * @throws ConfigError, LoadError, InputError for an option, DeviceError; the signal's reason when it fires
   */
  static async fromPretrained(source: SourceLike, options: FromPretrainedOptions = {}): Promise<T5Gemma2ForConditionalGeneration> {
    const { core, generationConfig } = await loadModel({ name: "T5Gemma2ForConditionalGeneration", task: "generation" }, source, options);
    const defaults = generationConfig === undefined ? GenerationConfig.fromModelConfig(core.config) : new GenerationConfig(generationConfig as JsonObject);
    return new T5Gemma2ForConditionalGeneration(core, defaults);
  }

  /**
   * Runs encoder and decoder once.
   *
   * @throws InputError naming the argument, row and position
   */
  async forward(inputs: ForwardInputs): Promise<ForwardOutput> {
    return forward(this.core, inputs);
  }

  /**
   * Answers one input or a batch.
   *
   * @throws InputError naming an option or argument; the signal's reason if it had fired before the call. One that fires
   *   later cuts the answer short: the finish reason is then "abort".
   */
  async generate(inputs: GenerateInputs & GenerateOptions): Promise<GenerateResult> {
    return generate(this.core, setFields(this.generationConfig), inputs);
  }

  /**
   * Answers one input, token by token. Whoever stops reading, or fires the signal, stops the generation.
   *
   * @throws InputError naming an option or argument, when reading begins
   */
  stream(inputs: StreamInputs): AsyncGenerator<StreamedToken, void, undefined> {
    return stream(this.core, setFields(this.generationConfig), inputs);
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
}
