import type { SourceLike } from "../hub/index.js";
import type { T5Gemma2Model as BaseModel } from "../models/base-model.js";
import type { T5Gemma2ForConditionalGeneration as ConditionalGeneration } from "../models/conditional-generation.js";
import type { T5Gemma2Encoder as Encoder } from "../models/encoder-model.js";
import type { FromPretrainedOptions } from "../models/load-options.js";
import type { T5Gemma2ForSequenceClassification as SequenceClassification } from "../models/sequence-classification.js";
import type { T5Gemma2ForTokenClassification as TokenClassification } from "../models/token-classification.js";
import type { pipeline as homePipeline, PipelineByTask, Task } from "../pipelines/pipeline.js";
import type { CheckDeviceOptions, DeviceReport } from "../runtime/check-device.js";
import type { Connection } from "./connection.js";
import type { LoaderName } from "./host.js";
import type { InWorker } from "./in-worker.js";
import { ROOT } from "./messages.js";
import type { Kind } from "./shapes.js";
import { kindOf } from "./stub.js";

/** A class whose objects are in a worker. */
export interface KeptClass<T> {
  /** So that `instanceof` tells them. */
  [Symbol.hasInstance](value: unknown): value is InWorker<T>;
}

/** A model class whose models compute in a worker. */
export interface WorkerClass<Model> extends KeptClass<Model> {
  /** As the class's own, but the model computes in the worker. */
  fromPretrained(source: SourceLike, options?: FromPretrainedOptions): Promise<InWorker<Model>>;
}

/** A pipeline in a worker; its model and processor are there, too. */
export type WorkerPipeline<T extends Task> = InWorker<PipelineByTask[T]>;

/** Loads a pipeline in a worker. */
export type LoadPipeline = <T extends Task>(task: T, source: SourceLike, options?: Parameters<typeof homePipeline<T>>[2]) => Promise<WorkerPipeline<T>>;

/** What computes in a worker: the package's own classes and functions, by their names. */
export interface WorkerOffer {
  readonly pipeline: LoadPipeline;
  readonly checkDevice: (options?: CheckDeviceOptions) => Promise<DeviceReport>;
  readonly T5Gemma2Model: WorkerClass<BaseModel>;
  readonly T5Gemma2Encoder: WorkerClass<Encoder>;
  readonly T5Gemma2ForConditionalGeneration: WorkerClass<ConditionalGeneration>;
  readonly T5Gemma2ForSequenceClassification: WorkerClass<SequenceClassification>;
  readonly T5Gemma2ForTokenClassification: WorkerClass<TokenClassification>;
  readonly AutoModel: WorkerClass<BaseModel | Encoder>;
  readonly AutoModelForSeq2SeqLM: WorkerClass<ConditionalGeneration>;
  readonly AutoModelForImageTextToText: WorkerClass<ConditionalGeneration>;
  readonly AutoModelForMultimodalLM: WorkerClass<ConditionalGeneration>;
  readonly AutoModelForSequenceClassification: WorkerClass<SequenceClassification>;
  readonly AutoModelForTokenClassification: WorkerClass<TokenClassification>;
}

/** A worker that loads and runs models. */
export interface ModelWorker extends WorkerOffer {
  /** Ends the worker and all that is in it; what is under way rejects with a DeviceError. */
  readonly terminate: () => void;
  [Symbol.dispose](): void;
}

/** A class by what its objects are. */
export function keptClass<T>(...kinds: readonly Kind[]): KeptClass<T> {
  return { [Symbol.hasInstance]: (value): value is InWorker<T> => (kinds as readonly unknown[]).includes(kindOf(value)) };
}

/** What a worker offers. @param connect its connection, when it is first needed */
export function offer(connect: () => Connection): WorkerOffer {
  const ask = async (method: string, args: readonly unknown[]): Promise<unknown> => connect().call(ROOT, method, args);
  const load = <Model>(name: LoaderName, ...kinds: readonly Kind[]): WorkerClass<Model> => ({
    ...keptClass<Model>(...kinds),
    fromPretrained: (source, options) => ask("load", [name, source, options]) as Promise<InWorker<Model>>,
  });
  return {
    pipeline: ((...args) => ask("pipeline", args)) as LoadPipeline,
    checkDevice: (options) => ask("checkDevice", [options]) as Promise<DeviceReport>,
    T5Gemma2Model: load("T5Gemma2Model", "T5Gemma2Model"),
    T5Gemma2Encoder: load("T5Gemma2Encoder", "T5Gemma2Encoder"),
    T5Gemma2ForConditionalGeneration: load("T5Gemma2ForConditionalGeneration", "T5Gemma2ForConditionalGeneration"),
    T5Gemma2ForSequenceClassification: load("T5Gemma2ForSequenceClassification", "T5Gemma2ForSequenceClassification"),
    T5Gemma2ForTokenClassification: load("T5Gemma2ForTokenClassification", "T5Gemma2ForTokenClassification"),
    AutoModel: load("AutoModel", "T5Gemma2Model", "T5Gemma2Encoder"),
    AutoModelForSeq2SeqLM: load("AutoModelForSeq2SeqLM", "T5Gemma2ForConditionalGeneration"),
    AutoModelForImageTextToText: load("AutoModelForImageTextToText", "T5Gemma2ForConditionalGeneration"),
    AutoModelForMultimodalLM: load("AutoModelForMultimodalLM", "T5Gemma2ForConditionalGeneration"),
    AutoModelForSequenceClassification: load("AutoModelForSequenceClassification", "T5Gemma2ForSequenceClassification"),
    AutoModelForTokenClassification: load("AutoModelForTokenClassification", "T5Gemma2ForTokenClassification"),
  };
}

