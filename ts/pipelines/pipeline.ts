import { InputError } from "../errors.js";
import type { SourceLike } from "../hub/index.js";
import { checkLoadOptions, type FromPretrainedOptions } from "../models/load-options.js";
import { type FeatureExtractionPipeline, featureExtractionPipeline } from "./feature-extraction.js";
import { type GeneratedText, generatingPipeline } from "./generating-pipeline.js";
import { type ImageTextToTextPipeline, prepareImageText } from "./image-text-to-text.js";
import { type SummarizationPipeline, toSummary } from "./summarization.js";
import { prepareText, type Text2TextGenerationPipeline } from "./text2text-generation.js";
import { type TextClassificationPipeline, textClassificationPipeline } from "./text-classification.js";
import { type TokenClassificationPipeline, tokenClassificationPipeline } from "./token-classification.js";
import { isTranslationTask, toTranslation, type TranslationPipeline, type TranslationTask } from "./translation.js";

/** The pipeline of each task. */
export interface PipelineByTask {
  "image-text-to-text": ImageTextToTextPipeline;
  "text2text-generation": Text2TextGenerationPipeline;
  summarization: SummarizationPipeline;
  translation: TranslationPipeline;
  [languages: TranslationTask]: TranslationPipeline;
  "text-classification": TextClassificationPipeline;
  /** Another name of "text-classification". */
  "sentiment-analysis": TextClassificationPipeline;
  "token-classification": TokenClassificationPipeline;
  /** Another name of "token-classification". */
  ner: TokenClassificationPipeline;
  "feature-extraction": FeatureExtractionPipeline;
}

/** What a pipeline can do. */
export type Task = keyof PipelineByTask;

/** The tasks whose pipelines write text. */
export type GeneratingTask = (typeof GENERATING)[number] | TranslationTask;

const GENERATING = ["image-text-to-text", "text2text-generation", "summarization", "translation"] as const;

type Loader<T extends Task> = (source: SourceLike, options: FromPretrainedOptions) => Promise<PipelineByTask[T]>;

const asItIs = (answer: GeneratedText): GeneratedText => answer;

const LOADERS: { readonly [T in Exclude<Task, TranslationTask>]: Loader<T> } = {
  "image-text-to-text": (source, options) => generatingPipeline("image-text-to-text", prepareImageText, asItIs, source, options),
  "text2text-generation": (source, options) => generatingPipeline("text2text-generation", prepareText("text2text-generation"), asItIs, source, options),
  summarization: (source, options) => generatingPipeline("summarization", prepareText("summarization"), toSummary, source, options),
  translation: translator("translation"),
  "text-classification": textClassificationPipeline,
  "sentiment-analysis": textClassificationPipeline,
  "token-classification": tokenClassificationPipeline,
  ner: tokenClassificationPipeline,
  "feature-extraction": featureExtractionPipeline,
};

function translator(task: "translation" | TranslationTask): Loader<"translation"> {
  return (source, options) => generatingPipeline(task, prepareText(task), toTranslation, source, options);
}

/** The tasks by name, `translation_XX_to_YY` for any two languages. */
export const TASKS: readonly string[] = [...Object.keys(LOADERS), "translation_XX_to_YY"];

/** Whether a string is a task's name. */
export function isTask(task: string): task is Task {
  return Object.hasOwn(LOADERS, task) || isTranslationTask(task);
}

/** Whether a task's pipeline writes text. */
export function isGeneratingTask(task: Task): task is GeneratingTask {
  return GENERATING.some((each) => each === task) || isTranslationTask(task);
}

/**
 * Loads a checkpoint for a task: model, tokenizer and, where it takes pictures, their processor in one callable object.
 *
 * @param source hub id, URL of a folder, folder path (Node, Deno), folder handle or `File[]` (browser), `"builtin:reader"`
 * @throws InputError for a task or option that doesn't exist, ConfigError, LoadError, DeviceError
 */
export async function pipeline<T extends Task>(task: T, source: SourceLike, options: FromPretrainedOptions = {}): Promise<PipelineByTask[T]> {
  if (typeof task !== "string" || !isTask(task)) {
    throw new InputError(`pipeline: there is no task ${JSON.stringify(task)}; there are ${TASKS.join(", ")}`, { details: { task } });
  }
  checkLoadOptions("pipeline", options);
  const load = isTranslationTask(task) ? translator(task) : LOADERS[task as Exclude<Task, TranslationTask>];
  return (await load(source, options)) as PipelineByTask[T];
}
