import type { SourceLike } from "../hub/index.js";
import type { FromPretrainedOptions } from "../models/load-options.js";
import type { GeneratingTask } from "../pipelines/pipeline.js";
import { WorkerClient } from "./client.js";
import { WorkerModel } from "./worker-model.js";
import { openPipeline, type WorkerPipeline } from "./worker-pipeline.js";

/** Loads models of one class in a worker. */
export interface WorkerModelLoader {
  /** As the class's own, but the model computes in the worker. A `fetch` of one's own can't go there. */
  fromPretrained(source: SourceLike, options?: FromPretrainedOptions): Promise<WorkerModel>;
}

/** A worker that loads and runs models. */
export interface ModelWorker {
  /** As the package's own, but all of it in the worker. */
  pipeline<T extends GeneratingTask>(task: T, source: SourceLike, options?: FromPretrainedOptions): Promise<WorkerPipeline<T>>;
  readonly T5Gemma2ForConditionalGeneration: WorkerModelLoader;
  readonly AutoModelForSeq2SeqLM: WorkerModelLoader;
  /** Ends the worker and all that is in it; what is under way rejects with a DeviceError. */
  terminate(): void;
  [Symbol.dispose](): void;
}

/** Starts a worker. */
export function createWorker(): ModelWorker {
  const client = new WorkerClient();
  const loader: WorkerModelLoader = { fromPretrained: (source, options = {}) => WorkerModel.load(client, source, options) };
  return {
    pipeline: (task, source, options = {}) => openPipeline(client, task, source, options),
    T5Gemma2ForConditionalGeneration: loader,
    AutoModelForSeq2SeqLM: loader,
    terminate: () => client.terminate(),
    [Symbol.dispose]: () => client.terminate(),
  };
}
