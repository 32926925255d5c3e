import { pipeline, type PipelineByTask, type Task } from "../pipelines/pipeline.js";
import type { Entity } from "../pipelines/entities.js";
import type { LabelScore } from "../pipelines/text-classification.js";
import type { Listener, ReportBase } from "./answer.js";
import type { Arguments } from "./arguments.js";

/** What a task that writes nothing makes of a text. */
export type ReadResult = readonly LabelScore[] | readonly Entity[] | readonly (readonly number[])[];

/** What the command tells of such a task. */
export interface ReadReport extends ReportBase {
  readonly task: string;
  readonly result: ReadResult;
}

/** A result for people and for shells: a line for each label, token or vector. */
export function linesOf(result: ReadResult): string[] {
  return result.map((item) => {
    if (Array.isArray(item)) return JSON.stringify(item);
    if ("label" in item) return `${item.label}\t${item.score.toFixed(4)}`;
    const { entity, entityGroup, score, start, end, word } = item as Entity;
    return [entity ?? entityGroup, score.toFixed(4), start, end, JSON.stringify(word)].join("\t");
  });
}

/** Loads the model and reads the text. */
export async function read(options: Arguments, text: string, signal: AbortSignal, listener: Listener): Promise<ReadReport> {
  const { model: source, device, threads, dtype, images, labels, aggregation, pooling, normalize } = options;
  const load = { device, threads, dtype, signal, onProgress: listener.onProgress };
  const open = async <T extends Task>(task: T, run: (pipe: PipelineByTask[T]) => Promise<ReadResult>): Promise<ReadReport> => {
    const pipe = await pipeline(task, source, load);
    try {
      const result = await run(pipe);
      const { device, deviceReason, threads, dtype, dtypeReason } = pipe.model;
      return { task: pipe.task, result, device, deviceReason, threads, dtype, dtypeReason };
    } finally {
      pipe.dispose();
    }
  };
  switch (options.task) {
    case "text-classification":
    case "sentiment-analysis":
      return open("text-classification", (classify) => classify(text, { topK: labels, signal }));
    case "token-classification":
    case "ner":
      return open("token-classification", (tag) => tag(text, { aggregationStrategy: aggregation, signal }));
    default:
      return open("feature-extraction", async (extract) => {
        const vectors = (await extract(images.length > 0 ? { text, images } : text, { pooling, normalize, signal })).tolist() as number[][] | number[][][];
        return pooling === "none" ? (vectors[0] as number[][]) : (vectors as number[][]);
      });
  }
}
