import { openSource, readJson, type SourceLike } from "../hub/index.js";
import { flag, ids, number, objectOrNull, whole, wholeOrNull } from "./config-field-kinds.js";
import { fieldError, type FieldValues, type JsonObject, readFields } from "./config-fields.js";
import { checkRunnable } from "./config-rules.js";
import { type EncoderConfigFields, T5Gemma2EncoderConfig } from "./encoder-config.js";
import { checkLoadOptions, type FromPretrainedOptions } from "./load-options.js";
import { type CommonConfigFields, PretrainedConfig } from "./pretrained-config.js";
import { T5Gemma2DecoderConfig, type TextConfigFields } from "./text-config.js";

const FIELDS = {
  encoder: objectOrNull("encoder"),
  decoder: objectOrNull("decoder"),
  isEncoderDecoder: flag("is_encoder_decoder", true),
  dropoutRate: number("dropout_rate", 0),
  attentionDropout: number("attention_dropout", 0),
  classifierDropoutRate: number("classifier_dropout_rate", 0),
  initializerRange: number("initializer_range", 0.02),
  imageTokenIndex: whole("image_token_index", 256_001),
  eoiTokenIndex: wholeOrNull("eoi_token_index"),
  tieWordEmbeddings: flag("tie_word_embeddings", true),
} as const;

/** Taken from the decoder's configuration where the top level has none. */
const INHERITED = {
  bosTokenId: wholeOrNull("bos_token_id"),
  padTokenId: wholeOrNull("pad_token_id"),
  eosTokenId: ids("eos_token_id"),
  vocabSize: whole("vocab_size", 0),
} as const;

const KIND = {
  modelType: "t5gemma2",
  table: { ...FIELDS, ...INHERITED },
  aliases: { image_token_id: "image_token_index", eoi_token_id: "eoi_token_index" },
} as const;

type Plain = Omit<FieldValues<typeof FIELDS>, "encoder" | "decoder"> & FieldValues<typeof INHERITED>;

/** What a model configuration can be made of: camelCase fields, or the files' JSON. */
export type ConfigFields =
  | (Partial<Plain> &
      CommonConfigFields & {
        readonly encoder?: T5Gemma2EncoderConfig | EncoderConfigFields;
        readonly decoder?: T5Gemma2DecoderConfig | TextConfigFields;
        /** Another name of `imageTokenIndex`. */
        readonly imageTokenId?: number;
      })
  | JsonObject;

/** Configuration of a whole T5Gemma 2: `config.json` in camelCase, with the oracle's defaults. */
export interface T5Gemma2Config extends Plain {}
export class T5Gemma2Config extends PretrainedConfig {
  readonly modelType = KIND.modelType;
  readonly encoder: T5Gemma2EncoderConfig;
  readonly decoder: T5Gemma2DecoderConfig;

  /**
   * Besides transformers' rules, what can't be computed is refused here, before anything is loaded.
   *
   * @throws ConfigError naming a field that is unknown, not what it must be, or contradicts another
   */
  constructor(fields: ConfigFields = {}) {
    super(KIND, fields, "");
    const json = this.resolved();
    const { encoder, decoder } = this.toJSON();
    this.encoder = new T5Gemma2EncoderConfig((encoder ?? {}) as JsonObject, "encoder");
    this.decoder = new T5Gemma2DecoderConfig((decoder ?? {}) as JsonObject, "decoder");
    this.keepPart("encoder", this.encoder);
    this.keepPart("decoder", this.decoder);
    // The oracle spreads these over the parts, whatever the parts say.
    const { dropoutRate, attentionDropout, imageTokenIndex } = this;
    Object.assign(this.encoder.textConfig, { dropoutRate, attentionDropout });
    Object.assign(this.encoder.visionConfig, { attentionDropout });
    Object.assign(this.encoder, { imageTokenIndex });
    Object.assign(this.decoder, { dropoutRate, attentionDropout });
    const { eoiTokenIndex } = this.encoder;
    const { bosTokenId, padTokenId, eosTokenId, vocabSize } = this.decoder;
    const given = Object.fromEntries(Object.entries(readFields(INHERITED, json, "")).filter(([name]) => json[INHERITED[name as keyof typeof INHERITED].key] !== undefined));
    Object.assign(this, { eoiTokenIndex, bosTokenId, padTokenId, eosTokenId, vocabSize, ...given });
    checkRunnable(this);
  }

  /** Another name of `imageTokenIndex`. */
  get imageTokenId(): number {
    return this.imageTokenIndex;
  }

  /** Another name of `eoiTokenIndex`, which is always the encoder's. */
  get eoiTokenId(): number | null {
    return this.eoiTokenIndex;
  }

  /** Reads the content of a `config.json`. */
  static fromJSON(json: JsonObject): T5Gemma2Config {
    return new T5Gemma2Config(json);
  }

  /**
   * Reads a checkpoint's `config.json`.
   *
   * @throws ConfigError if it is not a T5Gemma 2's, LoadError if it can't be read
   */
  static async fromPretrained(source: SourceLike, options: FromPretrainedOptions = {}): Promise<T5Gemma2Config> {
    checkLoadOptions("T5Gemma2Config.fromPretrained", options);
    return readConfig(source, options);
  }
}

/** Picks the configuration class that a checkpoint's `model_type` names. */
export const AutoConfig = {
  /** Reads a checkpoint's `config.json`; see {@link T5Gemma2Config.fromPretrained}. */
  async fromPretrained(source: SourceLike, options: FromPretrainedOptions = {}): Promise<T5Gemma2Config> {
    checkLoadOptions("AutoConfig.fromPretrained", options);
    return readConfig(source, options);
  },
} as const;

async function readConfig(source: SourceLike, options: FromPretrainedOptions): Promise<T5Gemma2Config> {
  const { device: _device, threads: _threads, dtype: _dtype, ...rest } = options;
  const files = await openSource(source, rest);
  return parseConfig(await readJson(files, "config.json", rest), files.name);
}

/**
 * The configuration that a checkpoint's `config.json` holds; a file that names no model type is not one.
 *
 * @internal
 */
export function parseConfig(json: unknown, source: string): T5Gemma2Config {
  const type = typeof json === "object" && json !== null ? (json as JsonObject).model_type : undefined;
  if (type !== "t5gemma2") {
    const said = type === undefined ? "missing" : JSON.stringify(type);
    throw fieldError("model_type", `is ${said} in the config.json of ${source}; "t5gemma2" is what this package runs`);
  }
  return new T5Gemma2Config(json as JsonObject);
}
