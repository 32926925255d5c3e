import { CHAT_RENDER_OPTIONS, type ChatRenderOptions } from "./chat.js";
import { LENGTH_OPTIONS, type LengthOptions } from "./encode-options.js";
import type { Side } from "./encoding.js";
import type { Tensor } from "./tensor.js";
import { LOAD_OPTIONS, type LoadOptions } from "./load-options.js";

/** What a text becomes. */
export interface Encoding {
  /** One token id a position. */
  inputIds: number[];
  /** 1 for tokens, 0 for padding. */
  attentionMask?: number[];
  /** 0 for the first text, 1 for the second. */
  tokenTypeIds?: number[];
  /** 1 for padding and for special tokens that were put around the text. */
  specialTokensMask?: number[];
  /** [begin, end) of each token in its text, in UTF-16 code units, so that `text.slice(begin, end)` is its part of the text. */
  offsetMapping?: [number, number][];
  /** The number of tokens, padding included. */
  length?: number;
}

/** What several texts become: the same as {@link Encoding}, one row a text. */
export type BatchEncoding = { [K in keyof Encoding]: NonNullable<Encoding[K]>[] };

/** The same as int32 tensors [batch, length]; offsets [batch, length, 2]; lengths [batch]. */
export type TensorEncoding = { [K in keyof Encoding]: Tensor<"int32"> };

/** What of an encoding is wanted. */
export interface EncodingParts {
  /** @default true */
  returnAttentionMask?: boolean;
  /** @default false */
  returnTokenTypeIds?: boolean;
  /** @default false */
  returnSpecialTokensMask?: boolean;
  /** @default false */
  returnOffsetsMapping?: boolean;
  /** @default false */
  returnLength?: boolean;
}

/** Every key of {@link EncodingParts}. */
export const ENCODING_PARTS = [
  "returnAttentionMask",
  "returnTokenTypeIds",
  "returnSpecialTokensMask",
  "returnOffsetsMapping",
  "returnLength",
] as const satisfies readonly (keyof EncodingParts)[];

/** Options of {@link Tokenizer.encode}. */
export interface EncodeOptions<Pair = string> extends LengthOptions {
  /** A second text, or one for each text. */
  textPair?: Pair | undefined;
  /** Whether the tokens that the model expects around a text are added. @default true */
  addSpecialTokens?: boolean;
}

/** Options of {@link Tokenizer.call}. */
export interface CallOptions<Pair = string> extends EncodeOptions<Pair>, EncodingParts {
  /** Whether tensors come back, which rows must have one length for. @default false */
  returnTensors?: boolean;
}

/** Every key of {@link EncodeOptions}. */
export const ENCODE_OPTIONS = [...LENGTH_OPTIONS, "textPair", "addSpecialTokens"] as const;

/** Every key of {@link CallOptions}. */
export const CALL_OPTIONS = [...ENCODE_OPTIONS, ...ENCODING_PARTS, "returnTensors"] as const;

/** Options of decoding. */
export interface DecodeOptions {
  /** Leaves special tokens out of the text. @default false */
  skipSpecialTokens?: boolean;
  /**
   * Takes spaces before punctuation away. Officially this is refused for byte-pair encodings, which Gemma's is: it would
   * corrupt the text. So it has an effect only where the tokenizer's configuration insists on it.
   * @default the configuration's
   */
  cleanUpTokenizationSpaces?: boolean;
}

/** Every key of {@link DecodeOptions}. */
export const DECODE_OPTIONS = ["skipSpecialTokens", "cleanUpTokenizationSpaces"] as const;

/** Options of {@link Tokenizer.applyChatTemplate}. */
export interface TokenizerChatOptions extends ChatRenderOptions, LengthOptions, EncodingParts {
  /** Whether token ids come back, and not text. @default true */
  tokenize?: boolean;
  /** Whether an encoding comes back, and not ids alone. @default true */
  returnDict?: boolean;
  /** Whether tensors come back. @default false */
  returnTensors?: boolean;
}

/** The options of a chat that are about its tokens. */
export const CHAT_CALL_OPTIONS = [...LENGTH_OPTIONS, ...ENCODING_PARTS, "returnTensors"] as const;

/** Every key of {@link TokenizerChatOptions}. */
export const CHAT_OPTIONS = [...CHAT_RENDER_OPTIONS, ...CHAT_CALL_OPTIONS, "tokenize", "returnDict"] as const;

/** Properties of a tokenizer that a caller may want otherwise than the checkpoint has them. */
export interface TokenizerPreferences {
  /** Instead of the checkpoint's. */
  paddingSide?: Side | undefined;
  /** Instead of the checkpoint's. */
  truncationSide?: Side | undefined;
  /** Instead of the checkpoint's. */
  modelMaxLength?: number | undefined;
}

/** Options of {@link Tokenizer.fromPretrained}. */
export interface TokenizerLoadOptions extends LoadOptions, TokenizerPreferences {}

/** Every key of {@link TokenizerLoadOptions}. */
export const TOKENIZER_LOAD_OPTIONS = [...LOAD_OPTIONS, "paddingSide", "truncationSide", "modelMaxLength"] as const;

/** Token ids of one sequence. */
export type TokenSequence = readonly number[] | Int32Array;
