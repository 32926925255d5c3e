import type { SourceLike } from "../hub/index.js";
import type { ModelTask } from "../runtime/glue.js";
import { T5Gemma2Model } from "./base-model.js";
import { T5Gemma2ForConditionalGeneration } from "./conditional-generation.js";
import { ENCODER_TYPE } from "./encoder-alone.js";
import { T5Gemma2Encoder } from "./encoder-model.js";
import { loadModel } from "./load-model.js";
import type { FromPretrainedOptions } from "./load-options.js";
import { T5Gemma2ForSequenceClassification } from "./sequence-classification.js";
import { T5Gemma2ForTokenClassification } from "./token-classification.js";

/** Loads the class of a task for a checkpoint, by its `model_type`. */
export interface AutoClass<Model> {
  /**
   * Loads a checkpoint; see the class's own `fromPretrained`.
   *
   * @throws ConfigError for another `model_type`, LoadError where the checkpoint lacks the task's weights, and what the class throws
   */
  fromPretrained(source: SourceLike, options?: FromPretrainedOptions): Promise<Model>;
}

function auto<Model>(load: (source: SourceLike, options: FromPretrainedOptions) => Promise<Model>): AutoClass<Model> {
  return { fromPretrained: async (source, options = {}) => load(source, options) };
}

/** Loads the model without a head; of a checkpoint whose `model_type` is "t5gemma2_encoder" the encoder, which is all there is. */
export const AutoModel: AutoClass<T5Gemma2Model | T5Gemma2Encoder> = auto(async (source, options) => {
  const taskOf = (modelType: unknown): ModelTask => (modelType === ENCODER_TYPE ? "encoder" : "base");
  const { core, task } = await loadModel({ name: "T5Gemma2Model", task: taskOf, calledAs: "AutoModel" }, source, options);
  return task === "encoder" ? new T5Gemma2Encoder(core) : new T5Gemma2Model(core);
});

/** Loads the model that makes text. */
export const AutoModelForSeq2SeqLM: AutoClass<T5Gemma2ForConditionalGeneration> = auto((source, options) =>
  T5Gemma2ForConditionalGeneration.fromPretrained(source, options),
);

/** Loads the model that makes text of pictures and text: the same one. */
export const AutoModelForImageTextToText = AutoModelForSeq2SeqLM;

/** Loads the model that makes text of whatever it reads: the same one. */
export const AutoModelForMultimodalLM = AutoModelForSeq2SeqLM;

/** Loads the model that scores sequences. */
export const AutoModelForSequenceClassification: AutoClass<T5Gemma2ForSequenceClassification> = auto((source, options) =>
  T5Gemma2ForSequenceClassification.fromPretrained(source, options),
);

/** Loads the model that scores tokens. */
export const AutoModelForTokenClassification: AutoClass<T5Gemma2ForTokenClassification> = auto((source, options) =>
  T5Gemma2ForTokenClassification.fromPretrained(source, options),
);
