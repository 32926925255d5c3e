import { oncePerFile, openSource, type ModelSource, type SourceLike, type SourceOptions } from "../hub/index.js";
import type { FromPretrainedOptions } from "../models/load-options.js";
import type { T5Gemma2PreTrainedModel } from "../models/pretrained-model.js";
import type { Device, Dtype } from "../runtime/types.js";

/** What every pipeline has besides its call. */
export interface LoadedPipeline<Task extends string, Model> {
  readonly task: Task;
  readonly model: Model;
  /** Where it computes, and why there. */
  readonly device: Device;
  readonly deviceReason: string;
  /** Threads that compute on the CPU. */
  readonly threads: number;
  /** How the weights are kept. */
  readonly dtype: Dtype;
  /** Frees the weights. Safe to call twice; later calls throw. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** Loads one of a pipeline's two parts. */
type Load<Part, Options> = (files: ModelSource, options: Options) => Promise<Part>;

/** Loads model and tokenizer (or processor) side by side, as one load to whoever listens. */
export async function loadTogether<Model extends { dispose(): void }, Reader>(
  source: SourceLike,
  options: FromPretrainedOptions,
  loadModel: Load<Model, FromPretrainedOptions>,
  loadReader: Load<Reader, SourceOptions>,
): Promise<[Model, Reader]> {
  const { device, threads, dtype, onProgress: listener, ...rest } = options;
  const once = oncePerFile(listener);
  const onProgress: typeof listener = once && ((event) => (event.status === "ready" ? undefined : once(event)));
  const files = await openSource(source, { ...rest, onProgress });
  const listening = { signal: rest.signal, onProgress };
  const [model, reader] = await Promise.allSettled([loadModel(files, { device, threads, dtype, ...listening }), loadReader(files, listening)]);
  if (model.status === "rejected") throw model.reason;
  if (reader.status === "rejected") {
    model.value.dispose();
    throw reader.reason;
  }
  listener?.({ status: "ready", file: files.name });
  return [model.value, reader.value];
}

/** What a pipeline shows of its model. */
export function shown<Task extends string, Model extends T5Gemma2PreTrainedModel>(task: Task, model: Model): LoadedPipeline<Task, Model> {
  const { device, deviceReason, threads, dtype } = model;
  const dispose = (): void => model.dispose();
  return { task, model, device, deviceReason, threads, dtype, dispose, [Symbol.dispose]: dispose };
}
