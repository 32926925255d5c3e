import {
  checkModelType,
  type FieldValues,
  flag,
  type JsonObject,
  number,
  readFields,
  size,
  text,
  toFileSpelling,
  whole,
} from "./config-fields.js";

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

/** Fields of the vision tower: those of the oracle, with its defaults. */
export type VisionConfigValues = FieldValues<typeof FIELDS>;

/** Configuration of the SigLIP vision tower. */
export interface SiglipVisionConfig extends VisionConfigValues {}
export class SiglipVisionConfig {
  readonly modelType = "siglip_vision_model";
  readonly #json: JsonObject;

  /**
   * @param path where the object lies in `config.json`, for messages
   * @throws ConfigError naming a field that is unknown or not what it must be
   */
  constructor(fields: Partial<VisionConfigValues> | JsonObject = {}, path = "") {
    const json = toFileSpelling(FIELDS, fields, path === "" ? "SiglipVisionConfig" : path);
    checkModelType(json, this.modelType, path);
    this.#json = { model_type: this.modelType, ...json };
    Object.assign(this, readFields(FIELDS, json, path));
  }

  /** Reads the object that a `config.json` holds at `encoder.vision_config`. */
  static fromJSON(json: JsonObject): SiglipVisionConfig {
    return new SiglipVisionConfig(json);
  }

  /** The JSON this was made of, unknown fields included. */
  toJSON(): JsonObject {
    return structuredClone(this.#json);
  }
}
