import type { GeneratedText, GeneratingPipeline } from "./generating-pipeline.js";
import type { TextInput } from "./text2text-generation.js";

/** One summary. */
export interface Summary {
  /** The prompt as the tokenizer read it: the checkpoint's prefix and what was given, or the chat template's text. */
  readonly inputText: string;
  /** The summary, without special tokens. */
  readonly summaryText: string;
}

/** Text in, its summary out; the checkpoint's `task_specific_params.summarization` say how. */
export type SummarizationPipeline = GeneratingPipeline<"summarization", TextInput, Summary>;

export const toSummary = ({ inputText, generatedText }: GeneratedText): Summary => ({ inputText, summaryText: generatedText });
