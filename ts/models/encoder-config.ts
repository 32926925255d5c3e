import { flagOrNull, numberOrNull, objectOrNull, wholeOrNull } from "./config-field-kinds.js";
import { type FieldValues, joinPath, type JsonObject } from "./config-fields.js";
import { type CommonConfigFields, PretrainedConfig } from "./pretrained-config.js";
import { T5Gemma2TextConfig, type TextConfigFields } from "./text-config.js";
import { SiglipVisionConfig, type VisionConfigFields } from "./vision-config.js";

const FIELDS = {
  textConfig: objectOrNull("text_config"),
  visionConfig: objectOrNull("vision_config"),
  mmTokensPerImage: wholeOrNull("mm_tokens_per_image", 256),
  boiTokenIndex: wholeOrNull("boi_token_index", 255_999),
  eoiTokenIndex: wholeOrNull("eoi_token_index", 256_000),
  imageTokenIndex: wholeOrNull("image_token_index", 262_144),
  initializerRange: numberOrNull("initializer_range", 0.02),
  tieWordEmbeddings: flagOrNull("tie_word_embeddings", true),
} as const;

const KIND = {
  modelType: "t5gemma2_encoder",
  table: FIELDS,
  aliases: { image_token_id: "image_token_index", boi_token_id: "boi_token_index", eoi_token_id: "eoi_token_index" },
} as const;

type Plain = Omit<FieldValues<typeof FIELDS>, "textConfig" | "visionConfig">;

/** What an encoder configuration can be made of: camelCase fields, or the files' JSON. */
export type EncoderConfigFields =
  | (Partial<Plain> &
      CommonConfigFields & {
        readonly textConfig?: T5Gemma2TextConfig | TextConfigFields;
        readonly visionConfig?: SiglipVisionConfig | VisionConfigFields;
        /** Another name of `imageTokenIndex`. */
        readonly imageTokenId?: number;
        /** Another name of `boiTokenIndex`. */
        readonly boiTokenId?: number;
        /** Another name of `eoiTokenIndex`. */
        readonly eoiTokenId?: number;
      })
  | JsonObject;

/** Configuration of the encoder: its text layers, its vision tower, and the tokens that join them. */
export interface T5Gemma2EncoderConfig extends Plain {}
export class T5Gemma2EncoderConfig extends PretrainedConfig {
  readonly modelType = KIND.modelType;
  readonly textConfig: T5Gemma2TextConfig;
  readonly visionConfig: SiglipVisionConfig;

  /**
   * @param path where the object lies in `config.json`, for messages
   * @throws ConfigError naming a field that is unknown or not what it must be
   */
  constructor(fields: EncoderConfigFields = {}, path = "") {
    super(KIND, fields, path);
    const { text_config: text, vision_config: vision } = this.toJSON();
    this.textConfig = new T5Gemma2TextConfig((text ?? {}) as JsonObject, joinPath(path, "text_config"));
    this.visionConfig = new SiglipVisionConfig((vision ?? {}) as JsonObject, joinPath(path, "vision_config"));
    this.keepPart("text_config", this.textConfig);
    this.keepPart("vision_config", this.visionConfig);
  }

  /** Another name of `imageTokenIndex`. */
  get imageTokenId(): number | null {
    return this.imageTokenIndex;
  }

  /** Another name of `boiTokenIndex`. */
  get boiTokenId(): number | null {
    return this.boiTokenIndex;
  }

  /** Another name of `eoiTokenIndex`. */
  get eoiTokenId(): number | null {
    return this.eoiTokenIndex;
  }

  /** Reads the object that a `config.json` holds at `encoder`. */
  static fromJSON(json: JsonObject): T5Gemma2EncoderConfig {
    return new T5Gemma2EncoderConfig(json);
  }
}
