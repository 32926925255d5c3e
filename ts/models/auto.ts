import type { SourceLike } from "../hub/index.js";
import { T5Gemma2Model } from "./base-model.js";
import { T5Gemma2ForConditionalGeneration } from "./conditional-generation.js";
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

/** Loads the model without a head. */
export const AutoModel: AutoClass<T5Gemma2Model> = auto((source, options) => T5Gemma2Model.fromPretrained(source, options));

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
