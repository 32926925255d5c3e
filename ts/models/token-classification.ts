import type { SourceLike } from "../hub/index.js";
import type { TokenRows } from "../processing/token-rows.js";
import { tokenTarget } from "./classification-labels.js";
import { type ClassificationOutput, type ClassificationSource, classify } from "./classify.js";
import { loadModel } from "./load-model.js";
import type { FromPretrainedOptions } from "./load-options.js";
import { toTensor } from "./outputs.js";
import { T5Gemma2PreTrainedModel } from "./pretrained-model.js";

/** What `T5Gemma2ForTokenClassification.forward` reads. */
export type TokenClassificationInputs = ClassificationSource & {
  /** The class of each decoder position, [batch, length]; -100 counts for nothing. */
  labels?: TokenRows | undefined;
};

/** Scores of single tokens. */
export class T5Gemma2ForTokenClassification extends T5Gemma2PreTrainedModel {
  /**
   * Loads a checkpoint: configuration, device and text weights now, vision weights when the first picture comes.
   *
   * @throws ConfigError, LoadError, InputError for an option, DeviceError; the signal's reason when it fires
   */
  static async fromPretrained(source: SourceLike, options: FromPretrainedOptions = {}): Promise<T5Gemma2ForTokenClassification> {
    const { core } = await loadModel({ name: "T5Gemma2ForTokenClassification", task: "token-classification" }, source, options);
    return new T5Gemma2ForTokenClassification(core);
  }

  /**
   * Scores each decoder position: `logits` [batch, decoder length, numLabels]. Where the decoder reads the shifted input, position i
   * is of the input's token i - 1.
   *
   * @throws InputError naming the argument, row and position
   */
  async forward(inputs: TokenClassificationInputs): Promise<ClassificationOutput> {
    const { core, config } = this;
    const { scores, others } = await classify(core, "T5Gemma2ForTokenClassification", inputs, ({ batch, length }) => ({
      target: inputs.labels === undefined ? undefined : tokenTarget(inputs.labels, batch * length, config.numLabels),
    }));
    return { logits: toTensor(scores), ...others };
  }
}
