import { ConfigError } from "../errors.js";
import { openSource, readJson, type SourceLike } from "../hub/index.js";
import {
  checkModelType,
  type FieldValues,
  flag,
  ids,
  type JsonObject,
  number,
  objectOrNull,
  readFields,
  toFileSpelling,
  whole,
  wholeOrNull,
} from "./config-fields.js";
import { type EncoderConfigFields, T5Gemma2EncoderConfig } from "./encoder-config.js";
import { checkLoadOptions, type FromPretrainedOptions } from "./load-options.js";
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
  tieWordEmbeddings: flag("tie_word_embeddings", true),
} as const;

/** Read from the decoder's configuration where the top level has none. */
const INHERITED = {
  bosTokenId: wholeOrNull("bos_token_id", null),
  padTokenId: wholeOrNull("pad_token_id", null),
  eosTokenId: ids("eos_token_id", null),
  vocabSize: whole("vocab_size", 0),
} as const;

type Plain = Omit<FieldValues<typeof FIELDS>, "encoder" | "decoder"> & FieldValues<typeof INHERITED>;

/** What a model configuration can be made of: camelCase fields, or the files' JSON. */
export type ConfigFields =
  | (Partial<Plain> & {
      readonly encoder?: T5Gemma2EncoderConfig | EncoderConfigFields;
      readonly decoder?: T5Gemma2DecoderConfig | TextConfigFields;
    })
  | JsonObject;

/** Configuration of a whole T5Gemma 2: `config.json` in camelCase, with the oracle's defaults. */
export interface T5Gemma2Config extends Plain {}
export class T5Gemma2Config {
  readonly modelType = "t5gemma2";
  readonly encoder: T5Gemma2EncoderConfig;
  readonly decoder: T5Gemma2DecoderConfig;
  /** The end-of-image token; always the encoder's. */
  readonly eoiTokenIndex: number | null;
  readonly #json: JsonObject;

  /** @throws ConfigError naming a field that is unknown, not what it must be, or contradicts another */
  constructor(fields: ConfigFields = {}) {
    const json = toFileSpelling({ ...FIELDS, ...INHERITED }, fields, "T5Gemma2Config");
    checkModelType(json, this.modelType, "");
    const { encoder, decoder, ...plain } = readFields(FIELDS, json, "");
    const inherited = readFields(INHERITED, json, "");
    const top = plain.imageTokenIndex;
    this.encoder = Object.assign(new T5Gemma2EncoderConfig(encoder ?? {}, "encoder"), { imageTokenIndex: top });
    this.decoder = new T5Gemma2DecoderConfig(decoder ?? {}, "decoder");
    // The oracle spreads these over the parts, whatever the parts say.
    const { dropoutRate, attentionDropout } = plain;
    Object.assign(this.encoder.textConfig, { dropoutRate, attentionDropout });
    Object.assign(this.encoder.visionConfig, { attentionDropout });
    Object.assign(this.decoder, { dropoutRate, attentionDropout });
    const own = Object.entries(INHERITED).filter(([, field]) => json[field.key] !== undefined);
    Object.assign(
      this,
      plain,
      Object.fromEntries(Object.keys(INHERITED).map((name) => [name, this.decoder[name as keyof typeof INHERITED]])),
      Object.fromEntries(own.map(([name]) => [name, inherited[name as keyof typeof INHERITED]])),
    );
    this.eoiTokenIndex = this.encoder.eoiTokenIndex;
    this.#json = { model_type: this.modelType, ...json };
    if (encoder !== null) this.#json.encoder = this.encoder.toJSON();
    if (decoder !== null) this.#json.decoder = this.decoder.toJSON();
    this.#check();
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

  /** The JSON this was made of, unknown fields included. */
  toJSON(): JsonObject {
    return structuredClone(this.#json);
  }

  #check(): void {
    if (!this.isEncoderDecoder) {
      throw new ConfigError("is_encoder_decoder: must be true: T5Gemma 2 is an encoder-decoder", {
        details: { field: "is_encoder_decoder" },
      });
    }
    for (const [name, key] of [["hiddenSize", "hidden_size"], ["vocabSize", "vocab_size"]] as const) {
      const [ours, theirs] = [this.decoder[name], this.encoder.textConfig[name]];
      if (ours === theirs) continue;
      throw new ConfigError(`decoder.${key}: is ${ours} but encoder.text_config.${key} is ${theirs}: they must be equal`, {
        details: { field: `decoder.${key}` },
      });
    }
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
  const { device: _device, dtype: _dtype, ...rest } = options;
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
    throw new ConfigError(`model_type: is ${said} in the config.json of ${source}; "t5gemma2" is what this package runs`, {
      details: { field: "model_type" },
    });
  }
  return new T5Gemma2Config(json as JsonObject);
}
