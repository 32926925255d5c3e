import { isGeneratingTask, type Task } from "../pipelines/pipeline.js";

const ANY: readonly string[] = ["task", "model", "device", "threads", "dtype", "json", "verbose", "help", "version"];
const GENERATING: readonly string[] = [
  "chat", "max-new-tokens", "temperature", "top-k", "top-p", "seed", "beams", "stop", "schema", "regex", "choices", "prompt-lookup",
];

/** The first of some options that has no effect on a task. */
export function uselessOption(task: Task, given: readonly string[]): string | undefined {
  const useful = [...ANY, ...optionsOf(task)];
  return given.find((option) => !useful.includes(option));
}

function optionsOf(task: Task): readonly string[] {
  if (isGeneratingTask(task)) return task === "image-text-to-text" ? [...GENERATING, "image"] : GENERATING;
  switch (task) {
    case "text-classification":
    case "sentiment-analysis":
      return ["top-k"];
    case "token-classification":
    case "ner":
      return ["aggregation"];
    default:
      return ["image", "pooling", "normalize"];
  }
}
