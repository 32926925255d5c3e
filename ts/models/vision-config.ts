import { flag, number, size, text, whole } from "./config-field-kinds.js";
import type { FieldValues, JsonObject } from "./config-fields.js";
import { type CommonConfigFields, PretrainedConfig } from "./pretrained-config.js";

const FIELDS = {
  hiddenSize: whole("hidden_size", 768),
  intermediateSize: whole("intermediate_size", 3072),
  numHiddenLayers: whole("num_hidden_layers", 12),
  numAttentionHeads: whole("num_attention_heads", 12),
  numChannels: whole("num_channels", 3),
  imageSize: size("image_size", 224),
  patchSize: size("patch_size", 16),
  hiddenAct: text("hidden_act", "gelu_pytorch_tanh"),
  layerNormEps: number("layer_norm_eps", 1e-6),
  attentionDropout: number("attention_dropout", 0),
  visionUseHead: flag("vision_use_head", true),
} as const;

const KIND = { modelType: "siglip_vision_model", table: FIELDS } as const;

/** Fields of the vision tower: those of the oracle, with its defaults. */
export type VisionConfigValues = FieldValues<typeof FIELDS>;

/** What a vision configuration can be made of: camelCase fields, or the files' JSON. */
export type VisionConfigFields = (Partial<VisionConfigValues> & CommonConfigFields) | JsonObject;

/** Configuration of the SigLIP vision tower. */
export interface SiglipVisionConfig extends VisionConfigValues {}
export class SiglipVisionConfig extends PretrainedConfig {
  readonly modelType = KIND.modelType;

  /**
   * @param path where the object lies in `config.json`, for messages
   * @throws ConfigError naming a field that is unknown or not what it must be
   */
  constructor(fields: VisionConfigFields = {}, path = "") {
    super(KIND, fields, path);
  }

  /** Reads the object that a `config.json` holds at `encoder.vision_config`. */
  static fromJSON(json: JsonObject): SiglipVisionConfig {
    return new SiglipVisionConfig(json);
  }
}
