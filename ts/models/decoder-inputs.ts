import { InputError } from "../errors.js";
import { Tensor } from "../processing/tensor.js";
import { type TokenBlock, type TokenRows, toTokenBlock } from "../processing/token-rows.js";
import type { WasmPairMasks } from "../runtime/glue.js";
import type { T5Gemma2Config } from "./config.js";
import { checkEmbeds, type Embeddings, type EmbedsBlock } from "./embeds.js";
import type { EncoderDecoderCache } from "./encoder-decoder-cache.js";
import type { EncoderSource } from "./encoder-source.js";
import { ENCODER_INPUT_KEYS } from "./inputs.js";
import { checkIds, checkPositions } from "./inputs.js";
import { type AttentionMask, splitMask } from "./pair-masks.js";

/** What any head's `forward` reads. */
export interface DecoderSource extends EncoderSource {
  /** Token ids [batch, length]. */
  decoderInputIds?: TokenRows | undefined;
  /** Embeddings [batch, length, hidden] in place of `decoderInputIds`. */
  decoderInputsEmbeds?: Embeddings | undefined;
  /**
   * 1 for a token, 0 for padding: [batch, tokens in the cache + length]; of a shorter one the rest counts as padding. Or what each query sees
   * [batch, heads, length, kept + length], of every layer or of each type, where a layer with full attention keeps all tokens in the cache
   * and one with sliding attention the newest `slidingWindow - 1`.
   */
  decoderAttentionMask?: AttentionMask | undefined;
  /** Positions [batch, length]; counted on from the cache by default. */
  decoderPositionIds?: TokenRows | undefined;
  /** Also return what each layer of encoder and decoder gives. Default: that of `config.encoder.textConfig`, and of `config.decoder`. */
  outputHiddenStates?: boolean | undefined;
  /** Also return the attention weights of each layer of encoder and decoder. Default: likewise. */
  outputAttentions?: boolean | undefined;
  /** Results are always objects: `false` throws. Default: the configuration's. */
  returnDict?: boolean | undefined;
}

/** Where a decoder goes on from, for the heads that can. */
export interface CacheSource {
  /** What an earlier call returned. The call takes its tokens in and returns the same object; `copy()` it to keep the old one. */
  pastKeyValues?: EncoderDecoderCache | undefined;
  /** Whether to return `pastKeyValues`; those that are given are always continued. Default: the configuration's `decoder.useCache`. */
  useCache?: boolean | undefined;
  /** Where in the cache the new tokens go. Only where they go anyway is allowed: after those that are there. */
  cachePosition?: readonly number[] | Tensor<"int32"> | undefined;
}

/** The keys of {@link DecoderSource}. */
export const DECODER_SOURCE_KEYS = [
  ...ENCODER_INPUT_KEYS,
  "encoderOutputs",
  "decoderInputIds",
  "decoderInputsEmbeds",
  "decoderAttentionMask",
  "decoderPositionIds",
  "outputHiddenStates",
  "outputAttentions",
  "returnDict",
] as const satisfies readonly (keyof DecoderSource)[];

/** The keys of {@link CacheSource}. */
export const CACHE_SOURCE_KEYS = ["pastKeyValues", "useCache", "cachePosition"] as const satisfies readonly (keyof CacheSource)[];

/** Decoder inputs that were checked, in the form that wasm takes. */
export interface CheckedDecoderInputs {
  readonly batch: number;
  readonly length: number;
  /** These or the embeddings. */
  readonly ids: TokenBlock | undefined;
  readonly embeds: EmbedsBlock | undefined;
  readonly mask: TokenBlock | undefined;
  /** In place of `mask`. */
  readonly pairs: WasmPairMasks | undefined;
  readonly positions: TokenBlock | undefined;
}

/**
 * Checks what can be checked before anything is computed; `seen` tokens are in the cache.
 *
 * @throws InputError naming the argument, and row and position where there are such
 */
export function checkDecoderInputs(config: T5Gemma2Config, inputs: DecoderSource & CacheSource, seen: number): CheckedDecoderInputs {
  const { decoderInputIds, decoderInputsEmbeds } = inputs;
  if (decoderInputIds === undefined && decoderInputsEmbeds === undefined) {
    throw new InputError("decoderInputIds: are needed, or decoderInputsEmbeds", { details: { argument: "decoderInputIds" } });
  }
  if (decoderInputIds !== undefined && decoderInputsEmbeds !== undefined) {
    throw new InputError("decoderInputsEmbeds: came with decoderInputIds; give exactly one of them", { details: { argument: "decoderInputsEmbeds" } });
  }
  if ((inputs.returnDict ?? config.returnDict) === false) throw new InputError("returnDict: must be true: results are objects", { details: { argument: "returnDict" } });
  for (const name of ["outputHiddenStates", "outputAttentions", "useCache"] as const) checkFlag(name, inputs[name]);
  const ids = decoderInputIds === undefined ? undefined : checkIds("decoderInputIds", decoderInputIds, config);
  const embeds = decoderInputsEmbeds === undefined ? undefined : checkEmbeds("decoderInputsEmbeds", decoderInputsEmbeds, config.decoder.hiddenSize);
  const { batch, length } = (ids ?? embeds) as TokenBlock | EmbedsBlock;
  const { tokens, pairs } = splitMask("decoderAttentionMask", inputs.decoderAttentionMask);
  const mask = checkDecoderMask(tokens, batch, seen + length);
  const positions = checkPositions("decoderPositionIds", inputs.decoderPositionIds, batch, length);
  if (inputs.cachePosition !== undefined) checkCachePosition(inputs.cachePosition, seen, length);
  return { batch, length, ids, embeds, mask, pairs, positions };
}

/** @throws InputError unless a flag is one */
export function checkFlag(name: string, value: unknown): void {
  if (value === undefined || typeof value === "boolean") return;
  throw new InputError(`${name}: must be true or false, not ${JSON.stringify(value) ?? typeof value}`, { details: { argument: name } });
}

function checkDecoderMask(rows: TokenRows | undefined, batch: number, total: number): TokenBlock | undefined {
  if (rows === undefined) return undefined;
  const block = toTokenBlock("decoderAttentionMask", rows, { below: 2 });
  if (block.batch === batch && block.length > 0 && block.length <= total) return block;
  throw new InputError(`decoderAttentionMask: has the shape [${block.batch}, ${block.length}], but cache and input have [${batch}, ${total}]`, {
    details: { argument: "decoderAttentionMask", shape: [block.batch, block.length], expected: [batch, total] },
  });
}

function checkCachePosition(given: readonly number[] | Tensor<"int32">, seen: number, length: number): void {
  const positions = given instanceof Tensor ? [...given.cpuData("cachePosition")] : given;
  if (Array.isArray(positions) && positions.length === length && positions.every((position, index) => position === seen + index)) return;
  throw new InputError(`cachePosition: must be the ${length} positions from ${seen} on: new tokens follow those in the cache`, {
    details: { argument: "cachePosition", first: seen, length },
  });
}
