import { ConfigError } from "../errors.js";
import { openSource, readJson, type SourceLike } from "../hub/index.js";
import { checkField, type FieldTable, fieldError, isObject, type JsonObject, type JsonValue, readFields, toFileSpelling, toJson } from "../models/config-fields.js";
import { decimalKeys, toPythonJson } from "../models/config-text.js";
import { checkLoadOptions, type FromPretrainedOptions } from "../models/load-options.js";
import { TRANSFORMERS_VERSION } from "../models/transformers-version.js";
import { GENERATION_FIELDS, type GenerationConfigValues, WATERMARKING_FIELDS, type WatermarkingConfig } from "./generation-fields.js";
import { CALL_ARGUMENTS, checkGeneration, listIssues } from "./generation-rules.js";

/** What a GenerationConfig can be made of: camelCase fields, or the files' JSON. */
export type GenerationConfigFields = Partial<GenerationConfigValues> | JsonObject;

const NAMES = Object.keys(GENERATION_FIELDS) as (keyof GenerationConfigValues)[];
const KEYS: ReadonlyMap<string, keyof GenerationConfigValues> = new Map(NAMES.map((name) => [GENERATION_FIELDS[name].key, name]));
const DECIMALS = decimalKeys(GENERATION_FIELDS, WATERMARKING_FIELDS);

/** The configuration of `generate`: `generation_config.json` in camelCase. A field that is not set is null. */
export interface GenerationConfig extends GenerationConfigValues {}
export class GenerationConfig {
  /** The files' names in the order in which they were given, and what is there of fields that nobody knows. */
  readonly #given: JsonObject;

  /** @throws ConfigError naming a field that is unknown, not what it must be, or contradicts another */
  constructor(fields: GenerationConfigFields = {}) {
    this.#given = fileSpelling(fields);
    const { watermarkingConfig, ...values } = readFields(GENERATION_FIELDS, this.#given, "");
    Object.assign(this, values, { watermarkingConfig: watermarkingConfig && readWatermarking(watermarkingConfig) });
    checkGeneration(this);
  }

  /** Reads the content of a `generation_config.json`. */
  static fromJSON(json: JsonObject): GenerationConfig {
    return new GenerationConfig(json);
  }

  /**
   * Reads a checkpoint's `generation_config.json`.
   *
   * @throws ConfigError if it is malformed, LoadError if it can't be read
   */
  static async fromPretrained(source: SourceLike, options: FromPretrainedOptions = {}): Promise<GenerationConfig> {
    checkLoadOptions("GenerationConfig.fromPretrained", options);
    const { device: _device, threads: _threads, dtype: _dtype, ...rest } = options;
    const files = await openSource(source, rest);
    const json = await readJson<JsonValue>(files, "generation_config.json", rest);
    if (!isObject(json)) throw new ConfigError(`the generation_config.json of ${files.name} holds no object`, { details: { field: "" } });
    return new GenerationConfig(json);
  }

  /**
   * What stands in for a `generation_config.json` that a checkpoint lacks: the fields of its configuration that are about
   * generation, those of the decoder where the whole has none.
   *
   * @param config a configuration, or the content of a `config.json`
   */
  static fromModelConfig(config: { toDict(): JsonObject } | JsonObject): GenerationConfig {
    const whole = typeof config.toDict === "function" ? (config.toDict() as JsonObject) : (config as JsonObject);
    const decoder = isObject(whole.decoder) ? whole.decoder : {};
    const fields: JsonObject = { _from_model_config: true };
    for (const key of KEYS.keys()) {
      const value = whole[key] ?? decoder[key] ?? null;
      if (value !== null) fields[key] = value;
    }
    const made = new GenerationConfig(fields);
    if (made.outputAttentions || made.outputHiddenStates || made.outputScores || made.outputLogits) made.returnDictInGenerate = true;
    return made;
  }

  /**
   * Changes fields; undefined leaves one as it is.
   *
   * @throws ConfigError as the constructor does; nothing is changed then
   */
  update(fields: GenerationConfigFields): this {
    const given = fileSpelling(fields);
    const next = new GenerationConfig({ ...this.toJSON(), ...given });
    Object.assign(this.#given, given);
    for (const name of NAMES) (this as Record<string, unknown>)[name] = next[name];
    return this;
  }

  /**
   * Checks the fields as they are now.
   *
   * @param options `strict` refuses also what has no effect
   * @returns a sentence for each field that has no effect or will make trouble
   * @throws ConfigError naming a field that is not what it must be or contradicts another
   */
  validate({ strict = false }: { strict?: boolean | undefined } = {}): string[] {
    for (const name of NAMES) checkField(GENERATION_FIELDS[name], this.#json(name), "");
    checkGeneration(this);
    const issues = listIssues(this);
    if (strict && issues.length > 0) throw new ConfigError(`GenerationConfig: ${issues.join("; ")}`, { details: { issues } });
    return issues;
  }

  /** The JSON this was made of with what has changed since, unknown fields included. */
  toJSON(): JsonObject {
    const json: JsonObject = {};
    for (const [key, value] of Object.entries(this.#given)) {
      const name = KEYS.get(key);
      json[key] = name === undefined ? structuredClone(value) : this.#json(name);
    }
    for (const [key, name] of KEYS) if (this[name] !== null) json[key] = this.#json(name);
    return json;
  }

  /** Every field, as transformers' `to_dict`. */
  toDict(): JsonObject {
    const known = Object.fromEntries([...KEYS].map(([key, name]) => [key, this.#json(name)]));
    const { _from_model_config = null } = this.#given;
    // Of a model's configuration, the rest is none of generation's.
    const rest = _from_model_config === true ? {} : this.toJSON();
    return { ...rest, ...known, _from_model_config, transformers_version: TRANSFORMERS_VERSION };
  }

  /** The text of a `generation_config.json`: what is set, as transformers writes it. */
  toJsonString(): string {
    const set = Object.entries(this.toDict()).filter(([key, value]) => value !== null || !(KEYS.has(key) || key === "_from_model_config"));
    return toPythonJson(Object.fromEntries(set), DECIMALS);
  }

  /** A field in the files' spelling. */
  #json(name: keyof GenerationConfigValues): JsonValue {
    const { watermarkingConfig: mark } = this;
    if (name === "watermarkingConfig" && isObject(mark as JsonValue)) return toFileSpelling(WATERMARKING_FIELDS, mark as object, name);
    return toJson(this[name] ?? null, name);
  }
}

function fileSpelling(fields: GenerationConfigFields): JsonObject {
  for (const name of Object.keys(fields)) {
    if (!CALL_ARGUMENTS.includes(name)) continue;
    throw fieldError(name, "is no part of a GenerationConfig: pass it to generate");
  }
  return toFileSpelling(GENERATION_FIELDS, fields, "GenerationConfig");
}

function readWatermarking(given: JsonObject): WatermarkingConfig {
  const path = "watermarking_config";
  const json = toFileSpelling(WATERMARKING_FIELDS, given, path);
  const known: FieldTable = WATERMARKING_FIELDS;
  const keys = Object.values(known).map(({ key }) => key);
  const unknown = Object.keys(json).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw fieldError(`${path}.${unknown}`, `is unknown; known fields: ${keys.join(", ")}`);
  return readFields(WATERMARKING_FIELDS, json, path);
}
