import { InputError } from "../errors.js";
import type { SourceLike } from "../hub/index.js";
import type { GenerateOptions } from "../generation/options.js";
import type { StreamedToken } from "../models/generate.js";
import { checkLoadOptions, type FromPretrainedOptions } from "../models/load-options.js";
import type { GeneratingPipeline } from "../pipelines/generating-pipeline.js";
import type { GeneratingTask, PipelineByTask } from "../pipelines/pipeline.js";
import type { WorkerClient } from "./client.js";
import { WorkerModel } from "./worker-model.js";

/** What a task's pipeline takes. */
export type InputOf<T extends GeneratingTask> = Parameters<PipelineByTask[T]>[0];

/** What a task's pipeline answers. */
export type AnswersOf<T extends GeneratingTask> = Awaited<ReturnType<PipelineByTask[T]>>;

/** A pipeline in a worker: the same calls; the processor stays in the worker. */
export type WorkerPipeline<T extends GeneratingTask> = Omit<GeneratingPipeline<T, InputOf<T>>, "model" | "processor"> & {
  (input: InputOf<T>, options?: GenerateOptions): Promise<AnswersOf<T>>;
  readonly model: WorkerModel;
};

/** Loads a pipeline in a worker. */
export async function openPipeline<T extends GeneratingTask>(
  client: WorkerClient,
  task: T,
  source: SourceLike,
  options: FromPretrainedOptions,
): Promise<WorkerPipeline<T>> {
  checkLoadOptions("pipeline", options);
  const { signal, onProgress, ...rest } = options;
  const info = await client.call("openPipeline", { task, source, options: rest }, { signal, onProgress });
  const model = new WorkerModel(client, info);
  let isDisposed = false;
  const live = (): number => {
    if (isDisposed) throw new InputError("the pipeline was disposed");
    return info.pipeline;
  };
  const dispose = (): void => {
    if (!isDisposed) client.dispose(info.pipeline);
    isDisposed = true;
    model.dispose();
  };
  const call = async (input: InputOf<T>, generateOptions: GenerateOptions = {}): Promise<AnswersOf<T>> => {
    const { signal, streamer, ...rest } = generateOptions;
    return (await client.call("callPipeline", { pipeline: live(), input, options: rest }, { signal, streamer })) as AnswersOf<T>;
  };
  async function* stream(input: InputOf<T>, generateOptions: GenerateOptions = {}): AsyncGenerator<StreamedToken, void, undefined> {
    const { signal, streamer, ...rest } = generateOptions;
    if (streamer !== undefined) throw new InputError("streamer: is for calls in a worker; stream hands out the tokens itself");
    yield* client.stream("streamPipeline", { pipeline: live(), input, options: rest }, { signal });
  }
  const { device, deviceReason, dtype } = model;
  return Object.assign(call, { stream, task, model, device, deviceReason, dtype, dispose, [Symbol.dispose]: dispose });
}
