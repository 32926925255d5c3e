import { ConfigError } from "../errors.js";
import { isObject, joinPath, type JsonObject, type JsonValue } from "./config-fields.js";

/** How positions are rotated into queries and keys of one kind of layer, in the JSON's own spelling. */
export interface RopeParameters {
  readonly rope_type: string;
  readonly rope_theta: number;
  /** Of the type "linear": positions are divided by it. */
  readonly factor?: number;
}

/** One entry for each kind of layer. */
export interface RopeParametersByLayerType {
  readonly full_attention: RopeParameters;
  readonly sliding_attention: RopeParameters;
}

/** The kind of each layer: as given, or by the pattern that every nth layer is full. */
export function readLayerTypes(given: readonly string[] | null, layers: number, json: JsonObject, path: string): readonly string[] {
  if (given !== null) {
    const bad = given.findIndex((type) => type !== "sliding_attention" && type !== "full_attention");
    const at = joinPath(path, "layer_types");
    if (bad >= 0) {
      const message = `${at}[${bad}]: must be "sliding_attention" or "full_attention", not ${JSON.stringify(given[bad])}`;
      throw new ConfigError(message, { details: { field: `${at}[${bad}]` } });
    }
    if (given.length !== layers) {
      throw new ConfigError(`${at}: names ${given.length} layers, but num_hidden_layers is ${layers}`, { details: { field: at } });
    }
    return given;
  }
  const pattern = json.sliding_window_pattern ?? 6;
  if (typeof pattern !== "number" || !Number.isSafeInteger(pattern) || pattern < 1) {
    const at = joinPath(path, "sliding_window_pattern");
    throw new ConfigError(`${at}: must be a whole number from 1, not ${JSON.stringify(pattern)}`, { details: { field: at } });
  }
  return Array.from({ length: layers }, (_, index) => ((index + 1) % pattern === 0 ? "full_attention" : "sliding_attention"));
}

/** The rotation of each kind of layer, read from the present spelling and the older ones, with the oracle's defaults. */
export function readRopeParameters(json: JsonObject, path: string): RopeParametersByLayerType {
  const given = isObject(json.rope_parameters) ? json.rope_parameters : {};
  const scaling = isObject(json.rope_scaling) ? json.rope_scaling : {};
  const read = (kind: "full_attention" | "sliding_attention", theta: JsonValue, more: JsonObject): RopeParameters => {
    const own = isObject(given[kind]) ? given[kind] : {};
    const entry = { rope_type: "default", rope_theta: theta, ...own, ...more } as JsonObject;
    // Files older still call the type "type".
    if (typeof entry.type === "string" && own.rope_type === undefined && more.rope_type === undefined) entry.rope_type = entry.type;
    for (const [key, kindOf] of [["rope_theta", "number"], ["rope_type", "string"]] as const) {
      if (typeof entry[key] === kindOf) continue;
      const at = `${joinPath(path, "rope_parameters")}.${kind}.${key}`;
      throw new ConfigError(`${at}: must be a ${kindOf}, not ${JSON.stringify(entry[key])}`, { details: { field: at } });
    }
    return entry as unknown as RopeParameters;
  };
  return {
    full_attention: read("full_attention", json.rope_theta ?? 1_000_000, scaling),
    sliding_attention: read("sliding_attention", json.rope_local_base_freq ?? 10_000, {}),
  };
}
