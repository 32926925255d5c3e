import { InputError } from "../errors.js";
import type { Tensor } from "../processing/tensor.js";
import { type TokenBlock, toTokenBlock } from "../processing/token-rows.js";
import type { WasmCache, WasmDecoderInputs, WasmDecoderOutput, WasmKeep, WasmTarget } from "../runtime/glue.js";
import { type CacheSource, checkDecoderInputs, type DecoderSource } from "./decoder-inputs.js";
import { outputsOf } from "./output-wishes.js";
import { EncoderDecoderCache } from "./encoder-decoder-cache.js";
import { EncoderOutputs } from "./encoder-outputs.js";
import { encodeSource, encoderInputsOf, hasEncoderInputs } from "./encoder-source.js";
import { checkMask } from "./inputs.js";
import type { ModelCore } from "./model-core.js";
import { defined, toTensors } from "./outputs.js";
import { splitMask } from "./pair-masks.js";
import { checkCache } from "./past.js";

/** What a head asks of the decoder. */
export interface DecodeWish {
  readonly keep?: WasmKeep | undefined;
  readonly target?: WasmTarget | undefined;
  /** Whether the last states are wanted. */
  readonly states?: boolean | undefined;
  /** Whether the encoder's states are returned too. @default true */
  readonly encoder?: boolean | undefined;
}

/** What `forward` of every head may return besides its own results; lists have one tensor a layer, hidden states one more. */
export interface DecodeExtras {
  /** Where a later call goes on. */
  readonly pastKeyValues?: EncoderDecoderCache;
  /** [batch, length, hidden] each: the embeddings, then what each layer gives, the last one normed. */
  readonly decoderHiddenStates?: readonly Tensor<"float32">[];
  /**
   * [batch, heads, length, tokens that the layer keeps + length]: the part of each merged softmax that covers the decoder's own
   * tokens. A row sums to 1 together with that of `crossAttentions`.
   */
  readonly decoderAttentions?: readonly Tensor<"float32">[];
  /** [batch, heads, length, encoder length]: the part of each merged softmax that covers the encoder's tokens. */
  readonly crossAttentions?: readonly Tensor<"float32">[];
  /** [batch, length, hidden]; rows of padding mean nothing. */
  readonly encoderLastHiddenState: Tensor<"float32">;
  /** As `decoderHiddenStates`, of the encoder. */
  readonly encoderHiddenStates?: readonly Tensor<"float32">[];
  /** [batch, heads, length, length] each. */
  readonly encoderAttentions?: readonly Tensor<"float32">[];
}

/** One pass through encoder and decoder. */
export interface Decoded {
  readonly output: WasmDecoderOutput;
  readonly extras: DecodeExtras;
}

/**
 * Runs the encoder unless its outputs are there, then the decoder, and gathers what was asked for.
 *
 * @throws InputError naming the argument, row and position; a cache that was given is then unchanged
 */
export async function decode(core: ModelCore, inputs: DecoderSource & CacheSource, wish: DecodeWish): Promise<Decoded> {
  const { encoder = true } = wish;
  const past = checkCache(core, inputs.pastKeyValues);
  const decoder = checkDecoderInputs(core.config, inputs, past?.length ?? 0);
  const { pairs: encoderPairs } = splitMask("attentionMask", inputs.attentionMask);
  if (past !== undefined) checkRows(decoder.batch, past.batch, "pastKeyValues have");
  const { encoded, isOwn, encoderMask } = await encoderOf(core, inputs, encoder);
  const { useCache = core.config.decoder.useCache } = inputs;
  let cache = past;
  try {
    if (past === undefined) checkRows(decoder.batch, encoded.batch, "the encoder read");
    else checkLength(encoded, past);
    const { ids, embeds, mask, pairs, positions, length } = decoder;
    const given: WasmDecoderInputs = {
      length,
      inputIds: ids?.data,
      inputsEmbeds: embeds?.data,
      attentionMask: mask?.data,
      pairs,
      positionIds: positions?.data,
      ...encoderMask,
      encoderPairs,
      states: wish.states,
      ...outputsOf(inputs, core.config.decoder),
      ...wish.keep,
      ...wish.target,
    };
    const { instance } = core.runtime;
    cache ??= new EncoderDecoderCache(core, instance.call(() => core.model.newCache(encoded.handleFor(core))));
    const continued = cache;
    const output = (await core.run((model) => model.decode(continued.handleFor(core) as WasmCache, given))) as WasmDecoderOutput;
    const extras = defined({
      pastKeyValues: past !== undefined || useCache ? continued : undefined,
      decoderHiddenStates: toTensors(output.recorded?.hiddenStates),
      decoderAttentions: toTensors(output.recorded?.attentions),
      crossAttentions: toTensors(output.recorded?.crossAttentions),
      ...(encoder && (await encoderExtras(encoded, inputs))),
    });
    if (past === undefined && !useCache) cache.dispose();
    return { output, extras: extras as unknown as DecodeExtras };
  } catch (error) {
    if (past === undefined) cache?.dispose();
    throw error;
  } finally {
    if (isOwn) encoded.dispose();
  }
}

interface EncoderSide {
  readonly encoded: EncoderOutputs;
  readonly isOwn: boolean;
  /** For a cache, which has an encoder output of its own: the mask that counts now. */
  readonly encoderMask: Pick<WasmDecoderInputs, "encoderMask" | "encoderUnmasked">;
}

async function encoderOf(core: ModelCore, inputs: DecoderSource & CacheSource, record: boolean): Promise<EncoderSide> {
  const { pastKeyValues: past } = inputs;
  const { attentionMask, ...others } = encoderInputsOf(inputs);
  if (past !== undefined && inputs.encoderOutputs === undefined && !hasEncoderInputs(others)) {
    const encoded = past.encoderOutputs(core);
    const { tokens } = splitMask("attentionMask", attentionMask);
    const block = tokens && toTokenBlock("attentionMask", tokens, { below: 2 });
    // The cache may have several rows for each of the encoder's, and a mask as many.
    const rows = block?.batch === past.batch ? past.batch : encoded.batch;
    const mask = checkMask("attentionMask", tokens, rows, encoded.length);
    return { encoded, isOwn: true, encoderMask: mask === undefined ? {} : maskOf(mask) };
  }
  const { outputs, isOwn } = await encodeSource(core, inputs, record ? outputsOf(inputs, core.config.encoder.textConfig) : {});
  return { encoded: outputs, isOwn, encoderMask: past === undefined ? {} : maskOf(outputs.mask) };
}

function maskOf(mask: TokenBlock | undefined): Pick<WasmDecoderInputs, "encoderMask" | "encoderUnmasked"> {
  return mask === undefined ? { encoderUnmasked: true } : { encoderMask: mask.data };
}

async function encoderExtras(encoded: EncoderOutputs, { encoderOutputs }: DecoderSource): Promise<object> {
  const encoderLastHiddenState = await encoded.lastHiddenState();
  const isPlain = encoderOutputs !== undefined && !(encoderOutputs instanceof EncoderOutputs);
  const encoderHiddenStates = isPlain ? encoderOutputs.hiddenStates : await encoded.hiddenStates();
  const encoderAttentions = isPlain ? encoderOutputs.attentions : await encoded.attentions();
  return { encoderLastHiddenState, encoderHiddenStates, encoderAttentions };
}

function checkRows(batch: number, expected: number, whose: string): void {
  if (batch === expected) return;
  throw new InputError(`decoderInputIds: have ${batch} rows, but ${whose} ${expected}`, {
    details: { argument: "decoderInputIds", rows: batch, expected },
  });
}

function checkLength(encoded: EncoderOutputs, past: EncoderDecoderCache): void {
  if (encoded.length === past.encoderLength) return;
  throw new InputError(`pastKeyValues: began with ${past.encoderLength} encoder tokens, but there are ${encoded.length} now`, {
    details: { argument: "pastKeyValues", expected: past.encoderLength, length: encoded.length },
  });
}
