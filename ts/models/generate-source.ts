import { InputError } from "../errors.js";
import { count, read, token } from "../generation/checks.js";
import type { Settings } from "../generation/settings.js";
import type { EncoderDecoderCache } from "./encoder-decoder-cache.js";
import { type Encoded, encodeSource, encoderInputsOf, hasEncoderInputs, sourceBatch } from "./encoder-source.js";
import type { GenerateInputs } from "./generate.js";
import { checkIds, checkMask } from "./inputs.js";
import type { EncodeWish, ModelCore } from "./model-core.js";
import { splitMask } from "./pair-masks.js";

/** The encoder's side of a generation. */
export interface GenerateSource {
  /** Rows of the encoder. */
  readonly batch: number;
  /** Runs the encoder, or takes what is there in its place. */
  readonly encode: (wish: EncodeWish) => Promise<Encoded>;
}

/**
 * What the decoder will see of the encoder: its inputs or outputs, or else what a cache began with, or else what it makes of the bos
 * token.
 *
 * @throws InputError naming the argument
 */
export function planSource(core: ModelCore, inputs: GenerateInputs, cache: EncoderDecoderCache | undefined, settings: Settings): GenerateSource {
  const { attentionMask } = inputs;
  const { attentionMask: _mask, ...others } = encoderInputsOf(inputs);
  if (splitMask("attentionMask", attentionMask).pairs !== undefined) {
    throw new InputError("attentionMask: must have the dims [batch, length] in generate, as in transformers", { details: { argument: "attentionMask" } });
  }
  const isGiven = inputs.encoderOutputs !== undefined || hasEncoderInputs(others);
  if (!isGiven && cache !== undefined) return fromCache(core, cache, attentionMask, settings);
  if (isGiven || attentionMask !== undefined) return { batch: sourceBatch(core, inputs), encode: (wish) => encodeSource(core, inputs, wish) };
  const { batch } = inputs.decoderInputIds === undefined ? { batch: 1 } : checkIds("decoderInputIds", inputs.decoderInputIds, core.config);
  const bos = token("bosTokenId", settings.get("bosTokenId"), core.config.decoder.vocabSize);
  if (bos === undefined) throw new InputError("inputIds: are needed: there is no bosTokenId to read in their place", { details: { argument: "inputIds" } });
  const inputIds = Array.from({ length: batch }, () => [bos]);
  return { batch, encode: (wish) => encodeSource(core, { inputIds }, wish) };
}

function fromCache(core: ModelCore, cache: EncoderDecoderCache, attentionMask: GenerateInputs["attentionMask"], settings: Settings): GenerateSource {
  const each = Math.max(1, ...(["numBeams", "numReturnSequences"] as const).map((name) => read(settings, name, count) ?? 1));
  const batch = cache.batch / each;
  if (!Number.isInteger(batch)) {
    throw new InputError(`pastKeyValues: have ${cache.batch} rows, no multiple of the ${each} that each input is decoded in`, {
      details: { argument: "pastKeyValues", rows: cache.batch, each },
    });
  }
  const mask = checkMask("attentionMask", attentionMask, batch, cache.encoderLength);
  const encode = async (): Promise<Encoded> => {
    const outputs = cache.encoderOutputs(core, batch);
    if (mask === undefined) return { outputs, isOwn: true };
    using unmasked = outputs;
    return { outputs: unmasked.withMask(core, mask), isOwn: true };
  };
  return { batch, encode };
}
