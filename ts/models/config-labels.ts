import { fieldError, isObject, joinPath, type JsonObject, shorten } from "./config-fields.js";

/** The labels of a classification head, both ways. */
interface Labels {
  readonly id2label: Readonly<Record<number, string>>;
  readonly label2id: Readonly<Record<string, number>> | null;
}

/** transformers keeps its default where a file doesn't speak of labels. */
const DEFAULT_COUNT = 2;

/**
 * Reads `id2label`, `label2id` and `num_labels`, which goes before names of another number.
 *
 * @throws ConfigError naming a label that is none, or a problem type that doesn't fit
 */
export function readLabels(json: JsonObject, path: string): Labels {
  const at = (key: string): string => joinPath(path, key);
  const { num_labels: count = null, problem_type: problem, id2label, label2id } = json;
  if (count !== null && (!Number.isSafeInteger(count) || (count as number) < 0)) {
    throw fieldError(at("num_labels"), `must be a whole number, not ${shorten(count)}`);
  }
  const names = isObject(id2label) ? Object.entries(id2label) : null;
  const named = names?.length ?? (count as number | null) ?? DEFAULT_COUNT;
  if (problem === "single_label_classification" && named === 1) {
    throw fieldError(at("problem_type"), `"single_label_classification" needs more than one label: take two, or "regression" for a single output`);
  }
  if (names === null || (count !== null && count !== named)) return numbered((count as number | null) ?? named);
  for (const [id, label] of names) {
    if (!/^\s*[+-]?\d+\s*$/.test(id)) throw fieldError(at("id2label"), `has the key "${id}", which is not a whole number`);
    if (typeof label !== "string") throw fieldError(at(`id2label.${id}`), `must be a string, not ${shorten(label)}`);
  }
  for (const [label, id] of isObject(label2id) ? Object.entries(label2id) : []) {
    if (!Number.isSafeInteger(Number(id)) || id === null || typeof id === "boolean") {
      throw fieldError(at(`label2id.${label}`), `must be a whole number, not ${shorten(id)}`);
    }
  }
  return {
    id2label: Object.fromEntries(names.map(([id, label]) => [Number(id), label as string])),
    label2id: isObject(label2id) ? Object.fromEntries(Object.entries(label2id).map(([label, id]) => [label, Number(id)])) : null,
  };
}

function numbered(count: number): Labels {
  const labels = Array.from({ length: count }, (_, id) => `LABEL_${id}`);
  return { id2label: Object.fromEntries(labels.entries()), label2id: Object.fromEntries(labels.map((label, id) => [label, id])) };
}
