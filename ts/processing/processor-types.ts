import { CHAT_RENDER_OPTIONS, type ChatRenderOptions } from "./chat.js";
import { LENGTH_OPTIONS, type LengthOptions } from "./encode-options.js";
import type { PicturesInput } from "./image-prompt.js";
import { PICTURE_OPTIONS, type PictureOptions } from "./picture-options.js";
import type { Tensor } from "./tensor.js";
import { ENCODING_PARTS, type EncodingParts } from "./tokenizer-types.js";

/** What a model takes. The caller disposes of the tensors. */
export interface ProcessorOutput {
  /** [batch, length] */
  inputIds: Tensor<"int32">;
  /** [batch, length]: 1 for tokens, 0 for padding */
  attentionMask?: Tensor<"int32">;
  /** [pictures of all texts, channels, height, width], in the order of their places */
  pixelValues?: Tensor<"float32">;
  /** [batch, length]: 1 where a token stands for a part of a picture, on request */
  tokenTypeIds?: Tensor<"int32">;
  /** [batch, length]: 1 for padding and for special tokens that were put around the text, on request */
  specialTokensMask?: Tensor<"int32">;
  /** [batch, length, 2]: where each token stands in the text with its pictures' tokens, on request */
  offsetMapping?: Tensor<"int32">;
  /** [batch]: tokens of each row, padding included, on request */
  length?: Tensor<"int32">;
  /** [batch, target length]: the ids of `textTarget` */
  labels?: Tensor<"int32">;
  /** [batch, length]: 1 for tokens that the chat template marks as the assistant's, on request */
  assistantMasks?: Tensor<"int32">;
}

/** Options that are about text. */
export interface TextOptions extends LengthOptions, Omit<EncodingParts, "returnTokenTypeIds" | "returnWordIds"> {
  /** Whether the tokens that the model expects around a text are added. @default true */
  addSpecialTokens?: boolean;
  /** Whether special tokens that stand in texts are encoded as plain text. @default the tokenizer's */
  splitSpecialTokens?: boolean;
  /** A second text, or one for each prompt. */
  textPair?: string | readonly string[];
  /** A text, or one for each prompt, whose ids come as `labels`. */
  textTarget?: string | readonly string[];
  /** A second text of each of `textTarget`. */
  textPairTarget?: string | readonly string[];
  /** The length in tokens to cut or fill `textTarget` to. @default maxLength */
  maxTargetLength?: number;
}

const TEXT_OPTIONS = [
  ...LENGTH_OPTIONS,
  ...ENCODING_PARTS.filter((key) => key !== "returnTokenTypeIds" && key !== "returnWordIds"),
  "addSpecialTokens",
  "splitSpecialTokens",
  "textPair",
  "textTarget",
  "textPairTarget",
  "maxTargetLength",
] as (keyof TextOptions)[];

/** How inputs are made, however they come. */
export interface ProcessingOptions extends TextOptions, PictureOptions {
  /** Options about text by themselves; one that is also given outside of it throws. */
  textKwargs?: TextOptions;
  /** Options about pictures by themselves; one that is also given outside of it throws. */
  imagesKwargs?: PictureOptions;
  /** Whether `tokenTypeIds` come with the result. Models accept and ignore them. @default false */
  returnMmTokenTypeIds?: boolean;
  /** Used to get pictures by their addresses, instead of the global one. */
  fetch?: typeof fetch;
  /** Ends the call: it then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** Every key of {@link TextOptions}. */
export { TEXT_OPTIONS };

/** Every key of {@link ProcessingOptions}. */
export const PROCESSING_OPTIONS = [
  ...TEXT_OPTIONS,
  ...PICTURE_OPTIONS,
  "textKwargs",
  "imagesKwargs",
  "returnMmTokenTypeIds",
  "fetch",
  "signal",
] as const satisfies readonly (keyof ProcessingOptions)[];

/** What a processor makes inputs of. */
export interface ProcessInput extends ProcessingOptions {
  /** Prompts, with `<start_of_image>` where a picture goes. Without text, each row of pictures gets a prompt of places only. */
  text?: string | readonly string[];
  /** A picture, the pictures of the one text, or an array of pictures for each text. */
  images?: PicturesInput;
}

/** Options of a processor's chat template. */
export interface ProcessorChatOptions extends ChatRenderOptions, ProcessingOptions {
  /** Whether model inputs come back, and not text. @default false */
  tokenize?: boolean;
  /** With `tokenize`: whether all inputs come back, and not ids alone. @default true */
  returnDict?: boolean;
  /** With `tokenize`: whether `assistantMasks` come, with 1 for what stands in `{% generation %}` of the template. @default false */
  returnAssistantTokensMask?: boolean;
  /** With `tokenize`: pictures for places that the messages leave open; they replace those in messages. */
  images?: PicturesInput;
}

/** Every key of {@link ProcessorChatOptions}. */
export const PROCESSOR_CHAT_OPTIONS = [
  ...CHAT_RENDER_OPTIONS,
  ...PROCESSING_OPTIONS,
  "tokenize",
  "returnDict",
  "returnAssistantTokensMask",
  "images",
] as const satisfies readonly (keyof ProcessorChatOptions)[];
