import {
  checkModelType,
  type FieldValues,
  flag,
  joinPath,
  type JsonObject,
  number,
  objectOrNull,
  readFields,
  toFileSpelling,
  wholeOrNull,
} from "./config-fields.js";
import { T5Gemma2TextConfig, type TextConfigFields } from "./text-config.js";
import { SiglipVisionConfig, type VisionConfigValues } from "./vision-config.js";

const FIELDS = {
  textConfig: objectOrNull("text_config"),
  visionConfig: objectOrNull("vision_config"),
  mmTokensPerImage: wholeOrNull("mm_tokens_per_image", 256),
  boiTokenIndex: wholeOrNull("boi_token_index", 255_999),
  eoiTokenIndex: wholeOrNull("eoi_token_index", 256_000),
  imageTokenIndex: wholeOrNull("image_token_index", 262_144),
  initializerRange: number("initializer_range", 0.02),
  tieWordEmbeddings: flag("tie_word_embeddings", true),
} as const;

type Plain = Omit<FieldValues<typeof FIELDS>, "textConfig" | "visionConfig">;

/** What an encoder configuration can be made of: camelCase fields, or the files' JSON. */
export type EncoderConfigFields =
  | (Partial<Plain> & {
      readonly textConfig?: T5Gemma2TextConfig | TextConfigFields;
      readonly visionConfig?: SiglipVisionConfig | Partial<VisionConfigValues> | JsonObject;
    })
  | JsonObject;

/** Configuration of the encoder: its text layers, its vision tower, and the tokens that join them. */
export interface T5Gemma2EncoderConfig extends Plain {}
export class T5Gemma2EncoderConfig {
  readonly modelType = "t5gemma2_encoder";
  readonly textConfig: T5Gemma2TextConfig;
  readonly visionConfig: SiglipVisionConfig;
  readonly #json: JsonObject;

  /**
   * @param path where the object lies in `config.json`, for messages
   * @throws ConfigError naming a field that is unknown or not what it must be
   */
  constructor(fields: EncoderConfigFields = {}, path = "") {
    const json = toFileSpelling(FIELDS, fields, path === "" ? "T5Gemma2EncoderConfig" : path);
    checkModelType(json, this.modelType, path);
    const { textConfig, visionConfig, ...plain } = readFields(FIELDS, json, path);
    Object.assign(this, plain);
    this.textConfig = new T5Gemma2TextConfig(textConfig ?? {}, joinPath(path, "text_config"));
    this.visionConfig = new SiglipVisionConfig(visionConfig ?? {}, joinPath(path, "vision_config"));
    this.#json = { model_type: this.modelType, ...json };
    // The nested ones may have been given in camelCase.
    if (textConfig !== null) this.#json.text_config = this.textConfig.toJSON();
    if (visionConfig !== null) this.#json.vision_config = this.visionConfig.toJSON();
  }

  /** Reads the object that a `config.json` holds at `encoder`. */
  static fromJSON(json: JsonObject): T5Gemma2EncoderConfig {
    return new T5Gemma2EncoderConfig(json);
  }

  /** The JSON this was made of, unknown fields included. */
  toJSON(): JsonObject {
    return structuredClone(this.#json);
  }
}
