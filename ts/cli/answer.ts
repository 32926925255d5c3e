import type { ProgressListener } from "../hub/index.js";
import type { GenerateResult } from "../generation/result.js";
import { prepareImageText } from "../pipelines/image-text-to-text.js";
import { pipeline } from "../pipelines/pipeline.js";
import type { Arguments } from "./arguments.js";

/** Tokens at most, where neither the command line nor the checkpoint says. */
const DEFAULT_MAX_NEW_TOKENS = 128;

/** What the command tells at the end. */
export interface Report extends Omit<GenerateResult["stats"], "memoryBytes"> {
  readonly text: string;
  readonly finishReason: string;
  readonly deviceReason: string;
  readonly dtypeReason: string;
  readonly memoryBytes: number;
}

/** Where an answer's parts go. */
export interface Listener {
  onProgress: ProgressListener;
  onText(text: string): void;
  onNote(note: string): void;
}

/** Loads the model and answers the prompt. */
export async function answer(options: Arguments, prompt: string, signal: AbortSignal, listener: Listener): Promise<Report> {
  const { model: source, device, dtype, images } = options;
  const pipe = await pipeline("image-text-to-text", source, { device, dtype, signal, onProgress: listener.onProgress });
  try {
    const { model, processor } = pipe;
    const content = [...images.map((image) => ({ type: "image", image })), { type: "text", text: prompt }];
    const input = options.chat ? [{ role: "user", content }] : { text: prompt, ...(images.length > 0 && { images }) };
    const { inputs } = await prepareImageText(processor, input, signal);
    const { maxNewTokens, maxLength } = model.generationConfig;
    const limit = options.maxNewTokens ?? (maxNewTokens === undefined && maxLength === undefined ? DEFAULT_MAX_NEW_TOKENS : undefined);
    const decoder = processor.streamDecoder({ skipSpecialTokens: true });
    let text = "";
    const say = (more: string): void => {
      text += more;
      if (more !== "") listener.onText(more);
    };
    let isPrompt = true;
    const { finishReasons, warnings, stats } = await model.generate({
      ...inputs,
      maxNewTokens: limit,
      signal,
      streamer: {
        put([row = []]) {
          if (!isPrompt) for (const id of row) say(decoder.push(id));
          isPrompt = false;
        },
        end: () => say(decoder.end()),
      },
    });
    warnings.forEach((warning) => listener.onNote(warning));
    const { deviceReason, dtypeReason } = model;
    return { text, finishReason: finishReasons[0] ?? "length", deviceReason, dtypeReason, ...stats };
  } finally {
    pipe.dispose();
  }
}
