import type { SourceLike } from "../hub/index.js";
import type { FromPretrainedOptions } from "../models/load-options.js";
import type { GeneratingTask } from "../pipelines/pipeline.js";
import { WorkerClient } from "./client.js";
import type { WorkerModelLoader } from "./create-worker.js";
import { WorkerModel } from "./worker-model.js";
import { openPipeline, type WorkerPipeline } from "./worker-pipeline.js";

let shared: WorkerClient | undefined;

/** The worker of those who don't start one: made with the first use, and again after it has ended. */
function sharedClient(): WorkerClient {
  if (shared === undefined || shared.ended) shared = new WorkerClient();
  return shared;
}

/** As the package's `pipeline`, but all of it in a worker that this module keeps. */
export async function pipeline<T extends GeneratingTask>(task: T, source: SourceLike, options: FromPretrainedOptions = {}): Promise<WorkerPipeline<T>> {
  return openPipeline(sharedClient(), task, source, options);
}

/** As the package's class, but its models compute in a worker that this module keeps. */
export const T5Gemma2ForConditionalGeneration: WorkerModelLoader = {
  fromPretrained: async (source, options = {}) => WorkerModel.load(sharedClient(), source, options),
};

/** As the package's, but its models compute in a worker that this module keeps. */
export const AutoModelForSeq2SeqLM: WorkerModelLoader = T5Gemma2ForConditionalGeneration;
