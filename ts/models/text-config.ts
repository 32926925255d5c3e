import { checked, flag, ids, number, numberOrNull, objectOrNull, text, textsOrNull, whole, wholeOrNull } from "./config-field-kinds.js";
import { fieldError, type FieldValues, joinPath, type JsonObject } from "./config-fields.js";
import { readLayerTypes } from "./layer-types.js";
import { type CommonConfigFields, PretrainedConfig } from "./pretrained-config.js";
import { readRopeParameters, type RopeParametersByLayerType } from "./rope-fields.js";

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
  queryPreAttnScalar: whole("query_pre_attn_scalar", 256),
  slidingWindow: wholeOrNull("sliding_window", 4096),
  layerTypes: textsOrNull("layer_types"),
  finalLogitSoftcapping: numberOrNull("final_logit_softcapping"),
  attnLogitSoftcapping: numberOrNull("attn_logit_softcapping"),
  /** Not declared by transformers: a part has it from the whole, or as a field that is kept. */
  dropoutRate: checked<number | undefined>("dropout_rate", undefined, "a number", (value) => typeof value === "number"),
} as const;

const OLDER_SPELLINGS = {
  ropeTheta: "rope_theta",
  ropeLocalBaseFreq: "rope_local_base_freq",
  ropeScaling: "rope_scaling",
  slidingWindowPattern: "sliding_window_pattern",
} as const;

const kind = <Type extends string>(modelType: Type) => ({ modelType, table: FIELDS, olderSpellings: OLDER_SPELLINGS }) as const;
const TEXT = kind("t5gemma2_text");
const DECODER = kind("t5gemma2_decoder");

type Values = FieldValues<typeof FIELDS>;

/** Fields of a stack of text layers: those of the oracle, with its defaults. */
export interface TextConfigValues extends Omit<Values, "ropeParameters" | "layerTypes"> {
  /** `"sliding_attention"` or `"full_attention"` for each layer; every 6th is full unless the JSON says otherwise. */
  readonly layerTypes: readonly string[];
  /** How positions are rotated, for each kind of layer; old spellings are read too. */
  readonly ropeParameters: RopeParametersByLayerType;
}

/** What a text or decoder configuration can be made of: camelCase fields, the older ones too, or the files' JSON. */
export type TextConfigFields =
  | (Partial<Omit<TextConfigValues, "ropeParameters">> &
      CommonConfigFields & {
        /** See {@link TextConfigValues}; kinds that are left out have the default. */
        readonly ropeParameters?: Partial<RopeParametersByLayerType> | JsonObject;
        /** Older: the base of full layers. */
        readonly ropeTheta?: number;
        /** Older: the base of sliding layers. */
        readonly ropeLocalBaseFreq?: number;
        /** Older: the rotation of full layers. */
        readonly ropeScaling?: JsonObject;
        /** Older: every nth layer is full. @default 6 */
        readonly slidingWindowPattern?: number;
      })
  | JsonObject;

/** What the encoder's text side and the decoder have in common. */
abstract class TextLayersConfig extends PretrainedConfig {
  /** @internal */
  constructor(which: typeof TEXT | typeof DECODER, fields: TextConfigFields, path: string) {
    super(which, fields, path);
    const json = this.resolved();
    const values = this as unknown as Values;
    const layerTypes = readLayerTypes(values.layerTypes, values.numHiddenLayers, json, path);
    const ropeParameters = readRopeParameters(json, layerTypes, values.maxPositionEmbeddings, values.headDim, path);
    if (values.numAttentionHeads === 0 || values.hiddenSize % values.numAttentionHeads !== 0) {
      throw fieldError(joinPath(path, "hidden_size"), `${values.hiddenSize} is not a multiple of num_attention_heads (${values.numAttentionHeads})`);
    }
    Object.assign(this, { layerTypes, ropeParameters });
  }
}

/** Configuration of the encoder's text layers. */
export interface T5Gemma2TextConfig extends TextConfigValues {}
export class T5Gemma2TextConfig extends TextLayersConfig {
  readonly modelType = TEXT.modelType;

  /**
   * @param path where the object lies in `config.json`, for messages
   * @throws ConfigError naming a field that is unknown or not what it must be
   */
  constructor(fields: TextConfigFields = {}, path = "") {
    super(TEXT, fields, path);
  }

  /** Reads the object that a `config.json` holds at `encoder.text_config`. */
  static fromJSON(json: JsonObject): T5Gemma2TextConfig {
    return new T5Gemma2TextConfig(json);
  }
}

/** Configuration of the decoder. */
export interface T5Gemma2DecoderConfig extends TextConfigValues {
  /** May be changed: whether `forward` returns `pastKeyValues` where a call does not say. */
  useCache: boolean;
}
export class T5Gemma2DecoderConfig extends TextLayersConfig {
  readonly modelType = DECODER.modelType;

  /**
   * @param path where the object lies in `config.json`, for messages
   * @throws ConfigError naming a field that is unknown or not what it must be
   */
  constructor(fields: TextConfigFields = {}, path = "") {
    super(DECODER, fields, path);
  }

  /** Reads the object that a `config.json` holds at `decoder`. */
  static fromJSON(json: JsonObject): T5Gemma2DecoderConfig {
    return new T5Gemma2DecoderConfig(json);
  }
}
