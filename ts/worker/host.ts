import { setBaseAddress } from "../hub/host.js";
import type { SourceLike } from "../hub/index.js";
import {
  AutoModel,
  AutoModelForImageTextToText,
  AutoModelForMultimodalLM,
  AutoModelForSeq2SeqLM,
  AutoModelForSequenceClassification,
  AutoModelForTokenClassification,
} from "../models/auto.js";
import { T5Gemma2Model } from "../models/base-model.js";
import { T5Gemma2ForConditionalGeneration } from "../models/conditional-generation.js";
import { EncoderDecoderCache } from "../models/encoder-decoder-cache.js";
import { T5Gemma2Encoder } from "../models/encoder-model.js";
import { EncoderOutputs } from "../models/encoder-outputs.js";
import type { FromPretrainedOptions } from "../models/load-options.js";
import { T5Gemma2ForSequenceClassification } from "../models/sequence-classification.js";
import { T5Gemma2ForTokenClassification } from "../models/token-classification.js";
import { pipeline } from "../pipelines/pipeline.js";
import { Processor } from "../processing/processor.js";
import { StreamDecoder } from "../processing/stream-decoder.js";
import { Tokenizer } from "../processing/tokenizer.js";
import { checkDevice } from "../runtime/check-device.js";
import { Connection } from "./connection.js";
import { type Message, ROOT, type Shape } from "./messages.js";
import { isPipeline, type Kind, pipelineShape, SHAPES } from "./shapes.js";

const MODELS = {
  T5Gemma2Model,
  T5Gemma2Encoder,
  T5Gemma2ForConditionalGeneration,
  T5Gemma2ForSequenceClassification,
  T5Gemma2ForTokenClassification,
};

const LOADERS = {
  ...MODELS,
  AutoModel,
  AutoModelForImageTextToText,
  AutoModelForMultimodalLM,
  AutoModelForSeq2SeqLM,
  AutoModelForSequenceClassification,
  AutoModelForTokenClassification,
};

/** What a worker can load by name. */
export type LoaderName = keyof typeof LOADERS;

const KEPT: { readonly [K in Kind]: { readonly prototype: object } } = { ...MODELS, EncoderOutputs, EncoderDecoderCache, Processor, Tokenizer, StreamDecoder };

const SHAPE_OF_PROTOTYPE: ReadonlyMap<unknown, Shape> = new Map(Object.entries(KEPT).map(([kind, { prototype }]) => [prototype, SHAPES[kind as Kind]]));

/** What a worker does for its page. */
export const OFFER = {
  load: (name: LoaderName, source: SourceLike, options?: FromPretrainedOptions): Promise<object> => LOADERS[name].fromPretrained(source, options),
  pipeline,
  checkDevice,
  start: setBaseAddress,
};

/** The worker's side of a connection. */
export function hostConnection(post: (message: Message, transfer: ArrayBuffer[]) => void): Connection {
  const shapeOf = (value: object): Shape | undefined =>
    isPipeline(value) ? pipelineShape(value) : SHAPE_OF_PROTOTYPE.get(Object.getPrototypeOf(value));
  const connection = new Connection({ post, shapeOf, movesResults: true });
  connection.offer(ROOT, OFFER);
  return connection;
}
