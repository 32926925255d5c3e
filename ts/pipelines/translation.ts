import type { GeneratedText, GeneratingPipeline } from "./generating-pipeline.js";
import type { TextInput } from "./text2text-generation.js";

/** One translation. */
export interface Translation {
  /** The prompt as the tokenizer read it: the checkpoint's prefix and what was given, or the chat template's text. */
  readonly inputText: string;
  /** The translation, without special tokens. */
  readonly translationText: string;
}

/** Translation between two languages, as `translation_en_to_de`. */
export type TranslationTask = `translation_${string}_to_${string}`;

/** Text in, its translation out; the checkpoint's `task_specific_params` of the task say how. */
export type TranslationPipeline = GeneratingPipeline<"translation" | TranslationTask, TextInput, Translation>;

export function isTranslationTask(task: string): task is TranslationTask {
  return /^translation_[^_]+(_[^_]+)*_to_[^_]+(_[^_]+)*$/.test(task);
}

export const toTranslation = ({ inputText, generatedText }: GeneratedText): Translation => ({ inputText, translationText: generatedText });
