export * from "./index.js";
// Those of the same names that compute go before: they do so in a worker.
export {
  AutoModel,
  AutoModelForImageTextToText,
  AutoModelForMultimodalLM,
  AutoModelForSeq2SeqLM,
  AutoModelForSequenceClassification,
  AutoModelForTokenClassification,
  checkDevice,
  EncoderDecoderCache,
  EncoderOutputs,
  pipeline,
  T5Gemma2Encoder,
  T5Gemma2ForConditionalGeneration,
  T5Gemma2ForSequenceClassification,
  T5Gemma2ForTokenClassification,
  T5Gemma2Model,
  T5Gemma2PreTrainedModel,
} from "./worker/shared-worker.js";
export { createWorker } from "./worker/create-worker.js";
export type { InWorker } from "./worker/in-worker.js";
export type { KeptClass, LoadPipeline, ModelWorker, WorkerClass, WorkerOffer, WorkerPipeline } from "./worker/offer.js";
