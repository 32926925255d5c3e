import type { T5Gemma2Config } from "./config.js";
import { fieldError, joinPath, shorten } from "./config-fields.js";
import { ROPE_NUMBERS, ROPE_TYPES, type RopeParameters } from "./rope-fields.js";
import type { TextConfigValues } from "./text-config.js";
import type { SiglipVisionConfig } from "./vision-config.js";

const ACTIVATION = "gelu_pytorch_tanh";

/**
 * Refuses what no T5Gemma 2 can be computed with, be it that transformers' model fails on it or that it is not implemented here.
 *
 * @throws ConfigError naming the field with its path
 */
export function checkRunnable(config: T5Gemma2Config): void {
  const { encoder, decoder } = config;
  if (!config.isEncoderDecoder) throw fieldError("is_encoder_decoder", "must be true: T5Gemma 2 is an encoder-decoder");
  for (const [name, key] of [["hiddenSize", "hidden_size"], ["vocabSize", "vocab_size"]] as const) {
    const [ours, theirs] = [decoder[name], encoder.textConfig[name]];
    if (ours !== theirs) throw fieldError(`decoder.${key}`, `is ${ours} but encoder.text_config.${key} is ${theirs}: they must be equal`);
  }
  checkLayers(encoder.textConfig, "encoder.text_config");
  checkLayers(decoder, "decoder");
  checkVision(encoder.visionConfig, "encoder.vision_config");
  const tokens = encoder.mmTokensPerImage;
  if (tokens === null || tokens < 1) throw fieldError("encoder.mm_tokens_per_image", `must be a whole number from 1, not ${tokens}`);
}

function checkLayers(config: TextConfigValues & { toJSON(): object }, path: string): void {
  const at = (key: string): string => joinPath(path, key);
  atLeast(1, path, {
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.numHiddenLayers,
    num_attention_heads: config.numAttentionHeads,
    num_key_value_heads: config.numKeyValueHeads,
    query_pre_attn_scalar: config.queryPreAttnScalar,
  });
  const { numAttentionHeads: heads, numKeyValueHeads: keyHeads, headDim, vocabSize, padTokenId: pad, slidingWindow: window } = config;
  if (heads % keyHeads !== 0) throw fieldError(at("num_key_value_heads"), `is ${keyHeads}, which does not divide num_attention_heads (${heads})`);
  if (headDim < 2 || headDim % 2 !== 0) throw fieldError(at("head_dim"), `is ${headDim}; rotary positions need an even number from 2`);
  checkActivation(at("hidden_activation"), config.hiddenActivation);
  config.layerTypes.forEach((type, index) => {
    if (type === "full_attention" || type === "sliding_attention") return;
    throw fieldError(at(`layer_types[${index}]`), `"${type}" is not of T5Gemma 2; "full_attention" and "sliding_attention" are`);
  });
  if (window === null ? config.layerTypes.includes("sliding_attention") : window < 1) {
    throw fieldError(at("sliding_window"), `must be a whole number from 1 where layers slide, not ${window}`);
  }
  if (pad !== null && (pad < 0 || pad >= vocabSize)) throw fieldError(at("pad_token_id"), `is ${pad}, outside the vocabulary of ${vocabSize}`);
  for (const [key, value] of [["rms_norm_eps", config.rmsNormEps], ["final_logit_softcapping", config.finalLogitSoftcapping]] as const) {
    if (value !== null && value <= 0) throw fieldError(at(key), `must be a number greater than 0, not ${value}`);
  }
  for (const kind of ["full_attention", "sliding_attention"] as const) {
    if (config.layerTypes.includes(kind)) checkRope(config.ropeParameters[kind], headDim, at(`rope_parameters.${kind}`));
  }
  if (((config.toJSON() as { per_layer_config?: unknown }).per_layer_config ?? null) !== null) {
    throw fieldError(at("per_layer_config"), "layers that differ in their configuration are not implemented");
  }
}

function checkRope(rope: RopeParameters, headDim: number, at: string): void {
  if (!ROPE_TYPES.includes(rope.rope_type)) {
    throw fieldError(`${at}.rope_type`, `"${rope.rope_type}" is not implemented; ${ROPE_TYPES.map((type) => `"${type}"`).join(", ")} are`);
  }
  for (const [key, mayBeNull] of ROPE_NUMBERS) {
    const value = rope[key];
    if (value === undefined || (value === null && mayBeNull && (key !== "factor" || rope.rope_type === "yarn")) || (typeof value === "number" && value > 0)) continue;
    throw fieldError(`${at}.${key}`, `must be a number greater than 0, not ${shorten(value)}`);
  }
  const share = rope.partial_rotary_factor ?? 1;
  const isPartial = rope.rope_type === "proportional" ? share > 1 : rope.rope_type !== "default" && Math.trunc(headDim * share) !== headDim;
  if (isPartial) throw fieldError(`${at}.partial_rotary_factor`, `is ${share}, but T5Gemma 2 rotates whole heads; rope_type "proportional" can rotate a share`);
}

function checkVision(config: SiglipVisionConfig, path: string): void {
  const at = (key: string): string => joinPath(path, key);
  atLeast(1, path, {
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.numHiddenLayers,
    num_attention_heads: config.numAttentionHeads,
    num_channels: config.numChannels,
    image_size: side(config.imageSize, at("image_size")),
    patch_size: side(config.patchSize, at("patch_size")),
  });
  const { hiddenSize, numAttentionHeads: heads } = config;
  if (hiddenSize % heads !== 0) throw fieldError(at("hidden_size"), `${hiddenSize} is not a multiple of num_attention_heads (${heads})`);
  const [image, patch] = [side(config.imageSize, ""), side(config.patchSize, "")];
  if (patch > image) throw fieldError(at("patch_size"), `is ${patch}, larger than image_size (${image})`);
  if (config.layerNormEps <= 0) throw fieldError(at("layer_norm_eps"), `must be a number greater than 0, not ${config.layerNormEps}`);
  checkActivation(at("hidden_act"), config.hiddenAct);
}

function checkActivation(at: string, activation: string): void {
  if (activation !== ACTIVATION) throw fieldError(at, `"${activation}" is not implemented; "${ACTIVATION}" is`);
}

/** The side of a square, which may be written as two equal ones. */
function side(size: number | readonly number[], at: string): number {
  if (typeof size === "number") return size;
  const [height, width] = size;
  if (size.length === 2 && height === width && height !== undefined) return height;
  throw fieldError(at, `must be a number or two equal numbers, not ${JSON.stringify(size)}: pictures are square`);
}

function atLeast(minimum: number, path: string, sizes: Readonly<Record<string, number>>): void {
  for (const [key, value] of Object.entries(sizes)) {
    if (value < minimum) throw fieldError(joinPath(path, key), `must be a whole number from ${minimum}, not ${value}`);
  }
}
