import type { T5Gemma2Model as BaseModel } from "../models/base-model.js";
import type { T5Gemma2ForConditionalGeneration as ConditionalGeneration } from "../models/conditional-generation.js";
import type { EncoderDecoderCache as HomeCache } from "../models/encoder-decoder-cache.js";
import type { T5Gemma2Encoder as Encoder } from "../models/encoder-model.js";
import type { EncoderOutputs as HomeEncoderOutputs } from "../models/encoder-outputs.js";
import type { T5Gemma2PreTrainedModel as PreTrainedModel } from "../models/pretrained-model.js";
import type { T5Gemma2ForSequenceClassification as SequenceClassification } from "../models/sequence-classification.js";
import type { T5Gemma2ForTokenClassification as TokenClassification } from "../models/token-classification.js";
import { startClient, type WorkerClient } from "./create-worker.js";
import type { InWorker } from "./in-worker.js";
import { type KeptClass, keptClass, offer } from "./offer.js";
import { MODEL_KINDS } from "./shapes.js";

let shared: WorkerClient | undefined;

/** The worker of those who don't start one: made with the first use, and again after it has ended. */
function connect(): WorkerClient["connection"] {
  if (shared === undefined || shared.connection.ended) shared = startClient();
  return shared.connection;
}

const shown = offer(connect);

/** As the package's `pipeline`, but all of it in a worker that this module keeps. */
export const { pipeline } = shown;

/** As the package's `checkDevice`, in a worker that this module keeps. */
export const { checkDevice } = shown;

/** The model without a head, in a worker that this module keeps. */
export const { T5Gemma2Model } = shown;
export type T5Gemma2Model = InWorker<BaseModel>;

/** The encoder alone, in a worker that this module keeps. */
export const { T5Gemma2Encoder } = shown;
export type T5Gemma2Encoder = InWorker<Encoder>;

/** The model that makes text, in a worker that this module keeps. */
export const { T5Gemma2ForConditionalGeneration } = shown;
export type T5Gemma2ForConditionalGeneration = InWorker<ConditionalGeneration>;

/** The model that scores sequences, in a worker that this module keeps. */
export const { T5Gemma2ForSequenceClassification } = shown;
export type T5Gemma2ForSequenceClassification = InWorker<SequenceClassification>;

/** The model that scores tokens, in a worker that this module keeps. */
export const { T5Gemma2ForTokenClassification } = shown;
export type T5Gemma2ForTokenClassification = InWorker<TokenClassification>;

/** Loads the model without a head, or the encoder of a checkpoint that has nothing else, in a worker that this module keeps. */
export const { AutoModel } = shown;

/** Loads the model that makes text in a worker that this module keeps. */
export const { AutoModelForSeq2SeqLM } = shown;

/** Loads the model that makes text of pictures and text: the same one. */
export const { AutoModelForImageTextToText } = shown;

/** Loads the model that makes text of whatever it reads: the same one. */
export const { AutoModelForMultimodalLM } = shown;

/** Loads the model that scores sequences in a worker that this module keeps. */
export const { AutoModelForSequenceClassification } = shown;

/** Loads the model that scores tokens in a worker that this module keeps. */
export const { AutoModelForTokenClassification } = shown;

/** Any model in a worker. */
export const T5Gemma2PreTrainedModel: KeptClass<PreTrainedModel> = keptClass(...MODEL_KINDS);
export type T5Gemma2PreTrainedModel = InWorker<PreTrainedModel>;

/** What a model in a worker made of an input, to be used for any number of calls of that model. */
export const EncoderOutputs: KeptClass<HomeEncoderOutputs> = keptClass("EncoderOutputs");
export type EncoderOutputs = InWorker<HomeEncoderOutputs>;

/** What the decoder of a model in a worker keeps of the tokens that it has read: `pastKeyValues`. */
export const EncoderDecoderCache: KeptClass<HomeCache> = keptClass("EncoderDecoderCache");
export type EncoderDecoderCache = InWorker<HomeCache>;
