import { fieldError, joinPath, type JsonObject, shorten } from "./config-fields.js";

/** Kinds of layers that transformers knows; T5Gemma 2 has the first two. */
const LAYER_TYPES: readonly string[] = [
  "full_attention",
  "sliding_attention",
  "chunked_attention",
  "window_attention",
  "indexed_attention",
  "compressed_sparse_attention",
  "heavily_compressed_attention",
  "minimax_m3_sparse",
  "conv",
  "moe",
  "hybrid",
  "hybrid_sliding",
  "reference_sliding_attention",
  "linear_attention",
];

/** What they were called earlier. */
const EARLIER: Readonly<Record<string, string>> = {
  mamba: "linear_attention",
  attention: "full_attention",
  deepseek_sparse_attention: "indexed_attention",
  qwen_sparse_attention: "indexed_attention",
};

/**
 * The kind of each layer: as given, or by the pattern that every nth layer is full.
 *
 * @throws ConfigError naming a kind that doesn't exist, or the wrong number of them
 */
export function readLayerTypes(given: readonly string[] | null, layers: number, json: JsonObject, path: string): readonly string[] {
  const at = joinPath(path, "layer_types");
  const types = given?.map((type) => (Object.hasOwn(EARLIER, type) ? (EARLIER[type] as string) : type)) ?? byPattern(layers, json, path);
  const bad = types.findIndex((type) => !LAYER_TYPES.includes(type));
  if (bad >= 0) throw fieldError(`${at}[${bad}]`, `must be "sliding_attention" or "full_attention", not ${shorten(types[bad] as string)}`);
  if (types.length !== layers) throw fieldError(at, `names ${types.length} layers, but num_hidden_layers is ${layers}`);
  return types;
}

function byPattern(layers: number, json: JsonObject, path: string): string[] {
  const pattern = json.sliding_window_pattern ?? 6;
  if (typeof pattern !== "number" || !Number.isSafeInteger(pattern) || pattern < 1) {
    throw fieldError(joinPath(path, "sliding_window_pattern"), `must be a whole number from 1, not ${shorten(pattern)}`);
  }
  return Array.from({ length: Math.max(layers, 0) }, (_, index) => ((index + 1) % pattern === 0 ? "full_attention" : "sliding_attention"));
}
