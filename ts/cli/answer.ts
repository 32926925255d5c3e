import type { ProgressListener } from "../hub/index.js";
import type { GenerationStats } from "../generation/result.js";
import { TextStreamer } from "../generation/text-streamer.js";
import { prepareImageText } from "../pipelines/image-text-to-text.js";
import { type GeneratingTask, pipeline } from "../pipelines/pipeline.js";
import { readTaskSettings } from "../pipelines/task-settings.js";
import { prepareText } from "../pipelines/text2text-generation.js";
import type { Processor } from "../processing/processor.js";
import type { ProcessorOutput } from "../processing/processor-types.js";
import type { Device, Dtype } from "../runtime/types.js";
import type { Arguments } from "./arguments.js";
import { openConstraint } from "./constraint.js";

/** Tokens at most, where neither the command line nor the checkpoint says. */
const DEFAULT_MAX_NEW_TOKENS = 128;

/** Where it was computed. */
export interface ReportBase {
  readonly device: Device;
  readonly deviceReason: string;
  /** Threads that computed, where the CPU did. */
  readonly threads: number;
  readonly dtype: Dtype;
  readonly dtypeReason: string;
}

/** What the command tells of an answer at the end. */
export interface Report extends GenerationStats, ReportBase {
  readonly text: string;
  readonly finishReason: string;
}

/** Where an answer's parts go. */
export interface Listener {
  onProgress: ProgressListener;
  onText(text: string): void;
  onNote(note: string): void;
}

/** Loads the model and answers the prompt. */
export async function answer(options: Arguments, task: GeneratingTask, prompt: string, signal: AbortSignal, listener: Listener): Promise<Report> {
  const { model: source, device, threads, dtype } = options;
  const constraint = options.constraint && (await openConstraint(options.constraint));
  const pipe = await pipeline(task, source, { device, threads, dtype, signal, onProgress: listener.onProgress });
  try {
    const { model, processor } = pipe;
    const { prefix, settings = {} } = readTaskSettings(model.config.toJSON(), task);
    const inputs = await prepare(processor, options, task, prompt, { signal, prefix });
    const { maxNewTokens, maxLength, numBeams = 1 } = { ...model.generationConfig, ...settings };
    const limit = options.maxNewTokens ?? (maxNewTokens === undefined && maxLength === undefined ? DEFAULT_MAX_NEW_TOKENS : undefined);
    const { stopStrings, choice } = options;
    let text = "";
    const onText = (more: string): void => {
      text += more;
      listener.onText(more);
    };
    const writer = { skipPrompt: true, skipSpecialTokens: true, stopStrings, onText };
    const streamer = new TextStreamer(processor, writer);
    // Which beam wins is not certain before the end.
    const isStreamed = (choice.numBeams ?? numBeams) === 1;
    const { sequences, finishReasons, warnings, stats } = await model.generate({
      ...inputs,
      ...choice,
      generationConfig: settings,
      ...(stopStrings.length > 0 && { stopStrings, tokenizer: processor }),
      ...(constraint && { constraint, tokenizer: processor }),
      maxNewTokens: limit,
      signal,
      ...(isStreamed && { streamer }),
    });
    if (!isStreamed) {
      const whole = new TextStreamer(processor, { ...writer, skipPrompt: false });
      await whole.put(sequences.slice(0, 1));
      await whole.end();
    }
    warnings.forEach((warning) => listener.onNote(warning));
    const { deviceReason, threads: used, dtypeReason } = model;
    return { text, finishReason: finishReasons[0] ?? "length", deviceReason, threads: used, dtypeReason, ...stats };
  } finally {
    pipe.dispose();
  }
}

/** The model's inputs of the prompt, as the task reads it. */
async function prepare(
  processor: Processor,
  { chat, images }: Arguments,
  task: GeneratingTask,
  prompt: string,
  how: { signal: AbortSignal; prefix: string },
): Promise<ProcessorOutput> {
  const content = [...images.map((image) => ({ type: "image", image })), { type: "text", text: prompt }];
  const conversation = [{ role: "user", content }];
  if (task !== "image-text-to-text") return (await prepareText(task)(processor, chat ? conversation : prompt, how)).inputs;
  const plain = { text: prompt, ...(images.length > 0 && { images }) };
  return (await prepareImageText(processor, chat ? conversation : plain, how)).inputs;
}
