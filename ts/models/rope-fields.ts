import { fieldError, isObject, joinPath, type JsonObject, type JsonValue, shorten } from "./config-fields.js";

/** How positions are rotated into queries and keys of one kind of layer, in the JSON's own spelling. */
export interface RopeParameters {
  /** "default", "linear", "yarn", "llama3", "proportional"; "dynamic" and "longrope" are read, but no model runs with them. */
  readonly rope_type: string;
  /** Base of the wavelengths. */
  readonly rope_theta: number;
  /** How much longer texts may be than those of the pretraining. */
  readonly factor?: number | null;
  /** Share of a head that is rotated. */
  readonly partial_rotary_factor?: number;
  /** Length of the texts of the pretraining, for "yarn", "longrope" and "llama3". */
  readonly original_max_position_embeddings?: number;
  /** Factor on sines and cosines, for "yarn" and "longrope". */
  readonly attention_factor?: number | null;
  /** For "yarn": rotations above which a frequency stays. */
  readonly beta_fast?: number | null;
  /** For "yarn": rotations below which a frequency is divided. */
  readonly beta_slow?: number | null;
  /** For "yarn": weight of the logarithm in the attention factor's numerator. */
  readonly mscale?: number | null;
  /** For "yarn": as `mscale`, in the denominator. */
  readonly mscale_all_dim?: number | null;
  /** For "llama3": wavelengths above the original length divided by this are stretched. */
  readonly low_freq_factor?: number;
  /** For "llama3": wavelengths below the original length divided by this stay. */
  readonly high_freq_factor?: number;
  /** For "longrope": divisors of the frequencies of short texts. */
  readonly short_factor?: readonly number[];
  /** For "longrope": divisors of the frequencies of long texts. */
  readonly long_factor?: readonly number[];
}

/** One entry for each kind of layer. */
export interface RopeParametersByLayerType {
  readonly full_attention: RopeParameters;
  readonly sliding_attention: RopeParameters;
}

/** What a type must have besides its name. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  linear: ["factor"],
  dynamic: ["factor"],
  yarn: ["factor", "original_max_position_embeddings"],
  longrope: ["short_factor", "long_factor", "original_max_position_embeddings"],
  llama3: ["factor", "original_max_position_embeddings", "low_freq_factor", "high_freq_factor", "rope_theta"],
  proportional: ["rope_theta"],
};

/** Types that look back to the length of the pretraining. */
const WITH_LENGTH: readonly string[] = ["llama3", "yarn", "longrope"];

/** The types that models are computed with. Those that change their frequencies while a text grows are not among them. */
export const ROPE_TYPES: readonly string[] = ["default", "linear", "yarn", "llama3", "proportional"];

/** Numbers that must be above 0, and whether null counts as absent. */
export const ROPE_NUMBERS = [
  ["rope_theta", false],
  ["factor", true],
  ["partial_rotary_factor", false],
  ["original_max_position_embeddings", false],
  ["attention_factor", true],
  ["beta_fast", true],
  ["beta_slow", true],
  ["low_freq_factor", false],
  ["high_freq_factor", false],
] as const satisfies readonly (readonly [keyof RopeParameters, boolean])[];

/** Names inside that Python has floats for. */
export const ROPE_DECIMALS: readonly string[] = [
  "rope_theta",
  "factor",
  "partial_rotary_factor",
  "attention_factor",
  "beta_fast",
  "beta_slow",
  "mscale",
  "mscale_all_dim",
  "low_freq_factor",
  "high_freq_factor",
  "short_factor",
  "long_factor",
];

/**
 * The rotation of each kind of layer: `rope_parameters`, with the older `rope_scaling` laid over the full layers, the older
 * `rope_theta` and `rope_local_base_freq` where it has no base, and transformers' defaults.
 *
 * @param layerTypes kinds that occur: only theirs are checked
 * @param maxPositions `max_position_embeddings`
 * @throws ConfigError naming a field that is missing or not what it must be
 */
export function readRopeParameters(json: JsonObject, layerTypes: readonly string[], maxPositions: number, headDim: number, path: string): RopeParametersByLayerType {
  const at = joinPath(path, "rope_parameters");
  const rope: JsonObject = isObject(json.rope_parameters) ? structuredClone(json.rope_parameters) : {};
  const scaling = json.rope_scaling ?? {};
  if (!isObject(scaling)) throw fieldError(joinPath(path, "rope_scaling"), `must be an object, not ${shorten(scaling)}`);
  const read = (kind: string, over: JsonObject, theta: JsonValue): void => {
    const given = rope[kind] ?? { rope_type: "default" };
    if (!isObject(given)) throw fieldError(`${at}.${kind}`, `must be an object, not ${shorten(given)}`);
    rope[kind] = { ...given, ...over };
    rope[kind].rope_theta ??= theta;
  };
  read("full_attention", scaling, json.rope_theta ?? 1_000_000);
  read("sliding_attention", {}, json.rope_local_base_freq ?? 10_000);
  for (const [kind, entry] of Object.entries(rope)) {
    if (layerTypes.includes(kind) && isObject(entry)) complete(entry, `${at}.${kind}`, maxPositions, headDim);
  }
  return rope as unknown as RopeParametersByLayerType;
}

/** Fills in what a rotation lacks, and checks that it has what its type needs. */
function complete(entry: JsonObject, at: string, maxPositions: number, headDim: number): void {
  // Files older still call the type "type".
  entry.rope_type ??= entry.type ?? "default";
  const { rope_type: type, rope_theta: theta, partial_rotary_factor: share = 1 } = entry;
  if (typeof type !== "string") throw fieldError(`${at}.rope_type`, `must be a string, not ${shorten(type as JsonValue)}`);
  if (typeof theta !== "number") throw fieldError(`${at}.rope_theta`, `must be a number, not ${shorten(theta as JsonValue)}`);
  if (WITH_LENGTH.includes(type)) entry.original_max_position_embeddings ??= maxPositions;
  const missing = (Object.hasOwn(REQUIRED, type) ? (REQUIRED[type] as readonly string[]) : []).find((key) => entry[key] === undefined);
  if (missing !== undefined) throw fieldError(`${at}.${missing}`, `is required by rope_type "${type}"`);
  if (headDim > 4 && headDim % 2 !== 0 && Math.trunc(headDim * Number(share)) === headDim) {
    throw fieldError(at.replace(/rope_parameters\.\w+$/, "head_dim"), `is ${headDim}; rotary positions need an even number`);
  }
}
