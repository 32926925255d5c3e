import { GENERATION_DEFAULTS, GENERATION_FIELDS } from "../generation/generation-fields.js";
import { flag, flagOrNull, objectOrNull, text, textOrNull, textsOrNull, whole } from "./config-field-kinds.js";
import { checkModelType, type FieldTable, type FieldValues, joinPath, type JsonObject, fieldError, readFields, toFileSpelling, toJson } from "./config-fields.js";
import { readLabels } from "./config-labels.js";
import { decimalKeys, toPythonJson } from "./config-text.js";
import { ROPE_DECIMALS } from "./rope-fields.js";
import { TRANSFORMERS_VERSION } from "./transformers-version.js";

const COMMON = {
  transformersVersion: textOrNull("transformers_version"),
  architectures: textsOrNull("architectures"),
  outputHiddenStates: flagOrNull("output_hidden_states", false),
  outputAttentions: flagOrNull("output_attentions", false),
  returnDict: flagOrNull("return_dict", true),
  dtype: textOrNull("dtype"),
  chunkSizeFeedForward: whole("chunk_size_feed_forward", 0),
  isEncoderDecoder: flag("is_encoder_decoder", false),
  id2label: objectOrNull("id2label"),
  label2id: objectOrNull("label2id"),
  problemType: textOrNull("problem_type"),
  nameOrPath: text("_name_or_path", ""),
} as const;

/** Fields that every configuration of transformers has. */
export interface CommonConfigValues extends Omit<FieldValues<typeof COMMON>, "id2label" | "label2id"> {
  /** The name of each label of a classification head; `LABEL_0` and so on where the file has none. */
  readonly id2label: Readonly<Record<number, string>>;
  /** The label of each name; null where the file names labels but not this. */
  readonly label2id: Readonly<Record<string, number>> | null;
}

/** What all configurations' constructors take besides their own fields. */
export type CommonConfigFields = Partial<CommonConfigValues> & {
  /** How many labels a classification head has; goes before `id2label` where they disagree. @default 2 */
  readonly numLabels?: number;
};

/** Names of torch's element types. */
const TORCH_DTYPE = /^(b?float(8_\w+|4_\w+|16|32|64)?|half|double|u?int(8|16|32|64)|int|long|short|bool|complex(32|64|128))$/;

/** What transformers reads and does not keep, besides settings of generation: older spellings, and its own affairs. */
const NOT_KEPT: readonly string[] = [
  "num_labels",
  "torch_dtype",
  "name_or_path",
  "attn_implementation",
  "experts_implementation",
  "_commit_hash",
  "_attn_implementation_internal",
  "_experts_implementation_internal",
];

/** How one class departs from the others. */
export interface ConfigKind {
  readonly modelType: string;
  readonly table: FieldTable;
  /** Other names of fields, by the key that they stand for. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Older spellings, by camelCase name, which are read and not kept. */
  readonly olderSpellings?: Readonly<Record<string, string>>;
}

/** What all configurations of a model have in common. */
export interface PretrainedConfig extends CommonConfigValues {
  /** May be changed, as the next two: calls of `forward` read them of the parts of their model's configuration. */
  outputHiddenStates: boolean | null;
  outputAttentions: boolean | null;
  returnDict: boolean | null;
  /** May be changed, too: the loss of a classification head follows it. */
  problemType: string | null;
}
export abstract class PretrainedConfig {
  readonly #kind: ConfigKind;
  readonly #table: FieldTable;
  readonly #json: JsonObject;

  /** @internal */
  constructor(kind: ConfigKind, fields: object, path: string) {
    const { modelType, aliases = {}, olderSpellings } = kind;
    const camelAliases = Object.fromEntries(Object.keys(aliases).map((key) => [key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), key]));
    this.#kind = kind;
    this.#table = { ...COMMON, ...kind.table };
    const spellings = { numLabels: "num_labels", torchDtype: "torch_dtype", ...olderSpellings, ...camelAliases };
    const json = toFileSpelling(this.#table, fields, path === "" ? modelType : path, spellings);
    checkModelType(json, modelType, path);
    this.#json = { model_type: modelType, ...json };
    const values = readFields(this.#table, this.resolved(), path);
    const dtype = values.dtype as string | null;
    if (dtype !== null && !TORCH_DTYPE.test(dtype)) throw fieldError(joinPath(path, "dtype"), `must be a dtype of torch, not "${dtype}"`);
    Object.assign(this, values, readLabels(json, path));
  }

  /** How many labels a classification head has. */
  get numLabels(): number {
    return Object.keys(this.id2label).length;
  }

  /** The JSON this was made of, unknown fields included. */
  toJSON(): JsonObject {
    return structuredClone(this.#json);
  }

  /** Every field with what holds for it, defaults included, and what nobody knows: transformers' `to_dict`. */
  toDict(): JsonObject {
    const notKept = this.#notKept();
    const dict: JsonObject = Object.fromEntries(Object.entries(this.toJSON()).filter(([key]) => !notKept.has(key)));
    for (const [name, { key }] of Object.entries(this.#table)) {
      const value = (this as Record<string, unknown>)[name];
      if (value instanceof PretrainedConfig) {
        const { transformers_version: _, ...inner } = value.toDict();
        dict[key] = inner;
      } else if (value !== undefined) {
        dict[key] = toJson(value, name);
      }
    }
    return { ...dict, model_type: this.#kind.modelType, transformers_version: TRANSFORMERS_VERSION };
  }

  /** The text of a `config.json` with every field, as transformers writes it. */
  toJsonString(): string {
    return toPythonJson(this.toDict(), this.#decimals());
  }

  /**
   * The JSON with each field under its own name.
   *
   * @internal
   */
  protected resolved(): JsonObject {
    const json = { ...this.#json };
    for (const [alias, key] of Object.entries(this.#kind.aliases ?? {})) if (json[alias] !== undefined) json[key] = json[alias];
    json.dtype = json.dtype ?? json.torch_dtype ?? null;
    if (json.name_or_path !== undefined) json._name_or_path ??= String(json.name_or_path);
    return json;
  }

  /**
   * Puts a part's own JSON where the part was given in another form.
   *
   * @internal
   */
  protected keepPart(key: string, part: PretrainedConfig): void {
    if (this.#json[key] !== undefined && this.#json[key] !== null) this.#json[key] = part.toJSON();
  }

  #decimals(): ReadonlySet<string> {
    const parts = Object.values(this).filter((value) => value instanceof PretrainedConfig);
    return new Set([...ROPE_DECIMALS, ...decimalKeys(this.#table), ...parts.flatMap((part) => [...part.#decimals()])]);
  }

  #notKept(): ReadonlySet<string> {
    const { aliases = {}, olderSpellings = {} } = this.#kind;
    const own = new Set(Object.values(this.#table).map(({ key }) => key));
    const generation = Object.keys(GENERATION_DEFAULTS).map((name) => GENERATION_FIELDS[name as keyof typeof GENERATION_DEFAULTS].key);
    return new Set([...NOT_KEPT, ...Object.keys(aliases), ...Object.values(olderSpellings), ...generation.filter((key) => !own.has(key))]);
  }
}
