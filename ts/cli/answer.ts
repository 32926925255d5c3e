import type { ProgressListener } from "../hub/index.js";
import type { GenerateResult } from "../generation/result.js";
import { TextStreamer } from "../generation/text-streamer.js";
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
    const { inputs } = await prepareImageText(processor, input, { signal });
    const { maxNewTokens, maxLength } = model.generationConfig;
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
    const isStreamed = (choice.numBeams ?? model.generationConfig.numBeams ?? 1) === 1;
    const { sequences, finishReasons, warnings, stats } = await model.generate({
      ...inputs,
      ...choice,
      ...(stopStrings.length > 0 && { stopStrings, tokenizer: processor }),
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
    const { deviceReason, dtypeReason } = model;
    return { text, finishReason: finishReasons[0] ?? "length", deviceReason, dtypeReason, ...stats };
  } finally {
    pipe.dispose();
  }
}
