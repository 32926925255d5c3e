import { CHAT_RENDER_OPTIONS, type ChatRenderOptions } from "./chat.js";
import { LENGTH_OPTIONS, type LengthOptions } from "./encode-options.js";
import type { Side } from "./encoding.js";
import type { Tensor } from "./tensor.js";
import { LOAD_OPTIONS, type LoadOptions } from "./load-options.js";
import type { TextsInput } from "./text-inputs.js";

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
  /** Which word each token belongs to, by number; null for special tokens and padding. Words are the given ones or the tokenizer's own. */
  wordIds?: (number | null)[];
  /** The number of tokens, padding included. */
  length?: number;
  /** The ids of `textTarget`. */
  labels?: number[];
  /** 1 for tokens that a chat template marks as the assistant's. */
  assistantMasks?: number[];
}

/** What several texts become: the same as {@link Encoding}, one row a text, and rows of what was cut off where they were asked for. */
export type BatchEncoding = { [K in keyof Encoding]: NonNullable<Encoding[K]>[] } & {
  /** Which text each row is of. */
  overflowToSampleMapping?: number[];
};

/** The same as int32 tensors [batch, length]; offsets [batch, length, 2]; lengths and numbers of texts [batch]. */
export type TensorEncoding = { [K in keyof BatchEncoding]: Tensor<"int32"> };

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
  returnWordIds?: boolean;
  /** @default false */
  returnLength?: boolean;
}

/** Every key of {@link EncodingParts}. */
export const ENCODING_PARTS = [
  "returnAttentionMask",
  "returnTokenTypeIds",
  "returnSpecialTokensMask",
  "returnOffsetsMapping",
  "returnWordIds",
  "returnLength",
] as const satisfies readonly (keyof EncodingParts)[];

/** How texts are taken. */
export interface TextSplitOptions {
  /** Whether the tokens that the model expects around a text are added. @default true */
  addSpecialTokens?: boolean;
  /** Whether texts come as arrays of words, which are encoded one by one. @default false */
  isSplitIntoWords?: boolean;
  /** Whether special tokens that stand in texts are encoded as plain text. @default the tokenizer's */
  splitSpecialTokens?: boolean;
}

/** Every key of {@link TextSplitOptions}. */
export const TEXT_SPLIT_OPTIONS = ["addSpecialTokens", "isSplitIntoWords", "splitSpecialTokens"] as const satisfies readonly (keyof TextSplitOptions)[];

/** Options of {@link Tokenizer.encode}. */
export interface EncodeOptions extends LengthOptions, TextSplitOptions {
  /** A second text, or one for each text. */
  textPair?: TextsInput | undefined;
}

/** Options of {@link Tokenizer.call}. */
export interface CallOptions extends EncodeOptions, EncodingParts {
  /** Texts whose ids come as `labels`; without texts beside them, encoded in their place. */
  textTarget?: TextsInput | undefined;
  /** A second text of each of `textTarget`. */
  textPairTarget?: TextsInput | undefined;
  /** The length in tokens to cut or fill `textTarget` to. @default maxLength */
  maxTargetLength?: number;
  /** Whether what truncation cuts off comes back as further rows, with `overflowToSampleMapping`. @default false */
  returnOverflowingTokens?: boolean;
  /** How many tokens such a row has in common with the one before. @default 0 */
  stride?: number;
  /** Whether tensors come back, which rows must have one length for. @default false */
  returnTensors?: boolean;
}

/** Every key of {@link EncodeOptions}. */
export const ENCODE_OPTIONS = [...LENGTH_OPTIONS, ...TEXT_SPLIT_OPTIONS, "textPair"] as const satisfies readonly (keyof EncodeOptions)[];

/** Every key of {@link CallOptions}. */
export const CALL_OPTIONS = [
  ...ENCODE_OPTIONS,
  ...ENCODING_PARTS,
  "textTarget",
  "textPairTarget",
  "maxTargetLength",
  "returnOverflowingTokens",
  "stride",
  "returnTensors",
] as const satisfies readonly (keyof CallOptions)[];

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
  /** Whether `assistantMasks` come with the encoding: 1 for what stands in `{% generation %}` of the chat template. @default false */
  returnAssistantTokensMask?: boolean;
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
export const CHAT_OPTIONS = [...CHAT_RENDER_OPTIONS, ...CHAT_CALL_OPTIONS, "tokenize", "returnDict", "returnAssistantTokensMask"] as const;

/** Properties of a tokenizer that a caller may want otherwise than the checkpoint has them. */
export interface TokenizerPreferences {
  /** Instead of the checkpoint's. */
  paddingSide?: Side | undefined;
  /** Instead of the checkpoint's. */
  truncationSide?: Side | undefined;
  /** Instead of the checkpoint's. */
  modelMaxLength?: number | undefined;
  /** Whether {@link Tokenizer.bosToken} is put before texts; given at all, it replaces what tokenizer.json puts around them. */
  addBosToken?: boolean | undefined;
  /** Whether {@link Tokenizer.eosToken} is put after texts; given at all, it replaces what tokenizer.json puts around them. */
  addEosToken?: boolean | undefined;
  /** Instead of the checkpoint's: whether special tokens that stand in texts are encoded as plain text. */
  splitSpecialTokens?: boolean | undefined;
}

/** Every key of {@link TokenizerPreferences}. */
export const TOKENIZER_PREFERENCES = [
  "paddingSide",
  "truncationSide",
  "modelMaxLength",
  "addBosToken",
  "addEosToken",
  "splitSpecialTokens",
] as const satisfies readonly (keyof TokenizerPreferences)[];

/** Options of {@link Tokenizer.fromPretrained}. */
export interface TokenizerLoadOptions extends LoadOptions, TokenizerPreferences {}

/** Every key of {@link TokenizerLoadOptions}. */
export const TOKENIZER_LOAD_OPTIONS = [...LOAD_OPTIONS, ...TOKENIZER_PREFERENCES] as const;

/** The options of a load: those that are about the tokenizer, and those about where files come from. */
export function splitLoadOptions({ device: _device, threads: _threads, dtype: _dtype, ...options }: TokenizerLoadOptions): {
  preferences: TokenizerPreferences;
  rest: Omit<TokenizerLoadOptions, "device" | "dtype" | keyof TokenizerPreferences>;
} {
  const { paddingSide, truncationSide, modelMaxLength, addBosToken, addEosToken, splitSpecialTokens, ...rest } = options;
  return { preferences: { paddingSide, truncationSide, modelMaxLength, addBosToken, addEosToken, splitSpecialTokens }, rest };
}

/** Token ids of one sequence. */
export type TokenSequence = readonly number[] | Int32Array;
