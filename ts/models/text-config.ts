import { ConfigError } from "../errors.js";
import {
  checkModelType,
  type FieldValues,
  flag,
  ids,
  joinPath,
  type JsonObject,
  number,
  numberOrNull,
  objectOrNull,
  readFields,
  text,
  textsOrNull,
  toFileSpelling,
  whole,
  wholeOrNull,
} from "./config-fields.js";
import { readLayerTypes, readRopeParameters, type RopeParametersByLayerType } from "./layer-fields.js";

const FIELDS = {
  vocabSize: whole("vocab_size", 262_208),
  hiddenSize: whole("hidden_size", 2304),
  intermediateSize: whole("intermediate_size", 9216),
  numHiddenLayers: whole("num_hidden_layers", 26),
  numAttentionHeads: whole("num_attention_heads", 8),
  numKeyValueHeads: whole("num_key_value_heads", 4),
  headDim: whole("head_dim", 256),
  hiddenActivation: text("hidden_activation", "gelu_pytorch_tanh"),
  maxPositionEmbeddings: whole("max_position_embeddings", 131_072),
  initializerRange: number("initializer_range", 0.02),
  rmsNormEps: number("rms_norm_eps", 1e-6),
  useCache: flag("use_cache", true),
  padTokenId: wholeOrNull("pad_token_id", 0),
  eosTokenId: ids("eos_token_id", 1),
  bosTokenId: wholeOrNull("bos_token_id", 2),
  tieWordEmbeddings: flag("tie_word_embeddings", true),
  ropeParameters: objectOrNull("rope_parameters"),
  attentionBias: flag("attention_bias", false),
  attentionDropout: numberOrNull("attention_dropout", 0),
  dropoutRate: number("dropout_rate", 0),
  queryPreAttnScalar: number("query_pre_attn_scalar", 256),
  slidingWindow: wholeOrNull("sliding_window", 4096),
  layerTypes: textsOrNull("layer_types"),
  finalLogitSoftcapping: numberOrNull("final_logit_softcapping", null),
  attnLogitSoftcapping: numberOrNull("attn_logit_softcapping", null),
} as const;

type Values = FieldValues<typeof FIELDS>;

/** What a text or decoder configuration can be made of: camelCase fields, or the files' JSON. */
export type TextConfigFields = Partial<Values> | JsonObject;

/** Fields of a stack of text layers: those of the oracle, with its defaults. */
export interface TextConfigValues extends Omit<Values, "ropeParameters" | "layerTypes"> {
  /** `"sliding_attention"` or `"full_attention"` for each layer; every 6th is full unless the JSON says otherwise. */
  readonly layerTypes: readonly string[];
  /** How positions are rotated, for each kind of layer; old spellings are read too. */
  readonly ropeParameters: RopeParametersByLayerType;
}

/** What the encoder's text side and the decoder have in common. */
abstract class TextLayersConfig {
  abstract readonly modelType: string;
  readonly #json: JsonObject;

  constructor(modelType: string, fields: TextConfigFields, path: string) {
    const json = toFileSpelling(FIELDS, fields, path === "" ? modelType : path);
    checkModelType(json, modelType, path);
    this.#json = { model_type: modelType, ...json };
    const read = readFields(FIELDS, json, path);
    const values: TextConfigValues = {
      ...read,
      layerTypes: readLayerTypes(read.layerTypes, read.numHiddenLayers, json, path),
      ropeParameters: readRopeParameters(json, path),
    };
    if (values.numAttentionHeads === 0 || values.hiddenSize % values.numAttentionHeads !== 0) {
      const at = joinPath(path, "hidden_size");
      throw new ConfigError(`${at}: ${values.hiddenSize} is not a multiple of num_attention_heads (${values.numAttentionHeads})`, {
        details: { field: at },
      });
    }
    Object.assign(this, values);
  }

  /** The JSON this was made of, unknown fields included. */
  toJSON(): JsonObject {
    return structuredClone(this.#json);
  }
}

/** Configuration of the encoder's text layers. */
export interface T5Gemma2TextConfig extends TextConfigValues {}
export class T5Gemma2TextConfig extends TextLayersConfig {
  readonly modelType = "t5gemma2_text";

  /**
   * @param path where the object lies in `config.json`, for messages
   * @throws ConfigError naming a field that is unknown or not what it must be
   */
  constructor(fields: TextConfigFields = {}, path = "") {
    super("t5gemma2_text", fields, path);
  }

  /** Reads the object that a `config.json` holds at `encoder.text_config`. */
  static fromJSON(json: JsonObject): T5Gemma2TextConfig {
    return new T5Gemma2TextConfig(json);
  }
}

/** Configuration of the decoder. */
export interface T5Gemma2DecoderConfig extends TextConfigValues {}
export class T5Gemma2DecoderConfig extends TextLayersConfig {
  readonly modelType = "t5gemma2_decoder";

  /**
   * @param path where the object lies in `config.json`, for messages
   * @throws ConfigError naming a field that is unknown or not what it must be
   */
  constructor(fields: TextConfigFields = {}, path = "") {
    super("t5gemma2_decoder", fields, path);
  }

  /** Reads the object that a `config.json` holds at `decoder`. */
  static fromJSON(json: JsonObject): T5Gemma2DecoderConfig {
    return new T5Gemma2DecoderConfig(json);
  }
}
