import type { SourceLike } from "../hub/index.js";
import { Tensor } from "../processing/tensor.js";
import { type SequenceLabels, sequenceTarget } from "./classification-labels.js";
import { type ClassificationOutput, type ClassificationSource, classify } from "./classify.js";
import { loadModel } from "./load-model.js";
import type { FromPretrainedOptions } from "./load-options.js";
import { T5Gemma2PreTrainedModel } from "./pretrained-model.js";

/** What `T5Gemma2ForSequenceClassification.forward` reads. */
export type SequenceClassificationInputs = ClassificationSource & {
  /** What the sequences should have scored; the loss follows the configuration's `problem_type`, or their form. */
  labels?: SequenceLabels | undefined;
};

/** Scores of whole sequences. */
export class T5Gemma2ForSequenceClassification extends T5Gemma2PreTrainedModel {
  /**
   * Loads a checkpoint: configuration, device and text weights now, vision weights when the first picture comes.
   *
   * @throws ConfigError, LoadError, InputError for an option, DeviceError; the signal's reason when it fires
   */
  static async fromPretrained(source: SourceLike, options: FromPretrainedOptions = {}): Promise<T5Gemma2ForSequenceClassification> {
    const { core } = await loadModel({ name: "T5Gemma2ForSequenceClassification", task: "sequence-classification" }, source, options);
    return new T5Gemma2ForSequenceClassification(core);
  }

  /**
   * Scores each row once: `logits` [batch, numLabels] of the last decoder token that is not `padTokenId`.
   *
   * @throws InputError naming the argument, row and position
   */
  async forward(inputs: SequenceClassificationInputs): Promise<ClassificationOutput> {
    const { core, config } = this;
    const { scores, others } = await classify(core, "T5Gemma2ForSequenceClassification", inputs, ({ data, batch, length }) => ({
      keep: { keepEach: core.runtime.instance.call((glue) => glue.pooledPositions(data, length, core.config.padTokenId ?? undefined)) },
      target: inputs.labels === undefined ? undefined : sequenceTarget(inputs.labels, batch, config),
    }));
    return { logits: new Tensor("float32", scores.data, [scores.dims[0] as number, scores.dims[2] as number]), ...others };
  }
}
