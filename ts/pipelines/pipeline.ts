import { InputError } from "../errors.js";
import type { SourceLike } from "../hub/index.js";
import { checkLoadOptions, type FromPretrainedOptions } from "../models/load-options.js";
import { generatingPipeline } from "./generating-pipeline.js";
import { type ImageTextToTextPipeline, prepareImageText } from "./image-text-to-text.js";
import { prepareText, type Text2TextGenerationPipeline } from "./text2text-generation.js";

/** The pipeline of each task. */
export interface PipelineByTask {
  "image-text-to-text": ImageTextToTextPipeline;
  "text2text-generation": Text2TextGenerationPipeline;
}

/** What a pipeline can do. */
export type Task = keyof PipelineByTask;

const LOADERS: { readonly [T in Task]: (source: SourceLike, options: FromPretrainedOptions) => Promise<PipelineByTask[T]> } = {
  "image-text-to-text": (source, options) => generatingPipeline("image-text-to-text", prepareImageText, source, options),
  "text2text-generation": (source, options) => generatingPipeline("text2text-generation", prepareText, source, options),
};

/**
 * Loads a checkpoint for a task: model, tokenizer and picture processor in one callable object.
 *
 * @param source hub id, URL of a folder, folder path (Node, Deno), folder handle or `File[]` (browser), `"builtin:reader"`
 * @throws InputError for a task or option that doesn't exist, ConfigError, LoadError, DeviceError
 */
export async function pipeline<T extends Task>(task: T, source: SourceLike, options: FromPretrainedOptions = {}): Promise<PipelineByTask[T]> {
  if (!Object.hasOwn(LOADERS, task)) {
    throw new InputError(`pipeline: there is no task ${JSON.stringify(task)}; there are ${Object.keys(LOADERS).join(", ")}`, {
      details: { task },
    });
  }
  checkLoadOptions("pipeline", options);
  return LOADERS[task](source, options);
}
