import { InputError } from "../errors.js";
import type { SourceLike } from "../hub/index.js";
import type { GenerateOptions } from "../generation/options.js";
import type { StreamedToken } from "../models/generate.js";
import { checkLoadOptions, type FromPretrainedOptions } from "../models/load-options.js";
import type { GeneratedText, GeneratingPipeline } from "../pipelines/generating-pipeline.js";
import type { PipelineByTask, Task } from "../pipelines/pipeline.js";
import type { WorkerClient } from "./client.js";
import { WorkerModel } from "./worker-model.js";

/** What a task's pipeline takes. */
export type InputOf<T extends Task> = Parameters<PipelineByTask[T]>[0];

/** A pipeline in a worker: the same calls; the processor stays in the worker. */
export type WorkerPipeline<T extends Task> = Omit<GeneratingPipeline<T, InputOf<T>>, "model" | "processor"> & {
  (input: InputOf<T>, options?: GenerateOptions): Promise<GeneratedText[]>;
  readonly model: WorkerModel;
};

/** Loads a pipeline in a worker. */
export async function openPipeline<T extends Task>(
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
  const call = async (input: InputOf<T>, generateOptions: GenerateOptions = {}): Promise<GeneratedText[]> => {
    const { signal, streamer, ...rest } = generateOptions;
    return client.call("callPipeline", { pipeline: live(), input, options: rest }, { signal, streamer });
  };
  async function* stream(input: InputOf<T>, generateOptions: GenerateOptions = {}): AsyncGenerator<StreamedToken, void, undefined> {
    const { signal, streamer, ...rest } = generateOptions;
    if (streamer !== undefined) throw new InputError("streamer: is for calls in a worker; stream hands out the tokens itself");
    yield* client.stream("streamPipeline", { pipeline: live(), input, options: rest }, { signal });
  }
  const { device, deviceReason, dtype } = model;
  return Object.assign(call, { stream, task, model, device, deviceReason, dtype, dispose, [Symbol.dispose]: dispose });
}
