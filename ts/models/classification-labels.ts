import { ConfigError, InputError } from "../errors.js";
import { Tensor } from "../processing/tensor.js";
import { toTokenBlock } from "../processing/token-rows.js";
import type { WasmTarget } from "../runtime/glue.js";
import { checkLabels } from "./forward.js";
import type { T5Gemma2Config } from "./config.js";

type Labels = Pick<T5Gemma2Config, "numLabels" | "problemType">;

/** What sequences should have scored: a class or number each, or a number of each label. */
export type SequenceLabels = readonly number[] | readonly (readonly number[])[] | Tensor;

/**
 * What the scores [batch, numLabels] of sequences are measured against. Without a problem type in the configuration, one label means
 * regression, whole numbers [batch] a class each, and numbers [batch, numLabels] or floats several labels at once.
 *
 * @throws InputError where the labels do not fit
 */
export function sequenceTarget(labels: SequenceLabels, batch: number, { numLabels, problemType }: Labels): WasmTarget {
  const { data, dims, isWhole } = read(labels);
  const problem = problemType ?? guess(numLabels, dims, isWhole);
  if (problem === "single_label_classification") {
    if (!isWhole) throw wrong(`must be whole numbers for ${problem}`);
    checkCount(data, batch);
    const { data: classes } = checkLabels([Array.from(data)], numLabels);
    return { target: "classes", classes };
  }
  if (problem === "multi_label_classification" && labels instanceof Tensor && labels.dtype === "int32") {
    throw wrong("must be a float32 tensor for multi_label_classification");
  }
  if (problem !== "regression" && problem !== "multi_label_classification") {
    throw new ConfigError(`problem_type: "${problem}" has no loss`, { details: { field: "problem_type" } });
  }
  checkCount(data, batch * numLabels);
  return { target: problem === "regression" ? "numbers" : "labels", numbers: Float32Array.from(data) };
}

/** What the scores [batch, length, numLabels] of tokens are measured against: a class each, -100 for none. */
export function tokenTarget(labels: Parameters<typeof toTokenBlock>[1], count: number, numLabels: number): WasmTarget {
  const { data } = checkLabels(labels, numLabels);
  checkCount(data, count);
  return { target: "classes", classes: data };
}

function guess(numLabels: number, dims: readonly number[], isWhole: boolean): string {
  if (numLabels === 1) return "regression";
  return isWhole && dims.length === 1 ? "single_label_classification" : "multi_label_classification";
}

function read(labels: SequenceLabels): { data: ArrayLike<number>; dims: readonly number[]; isWhole: boolean } {
  if (labels instanceof Tensor) return { data: labels.cpuData("labels"), dims: labels.dims, isWhole: labels.dtype === "int32" };
  if (!Array.isArray(labels)) throw wrong("must be numbers or a tensor");
  const tensor = Tensor.from("float32", labels as readonly number[]);
  const data = (labels as readonly unknown[]).flat() as number[];
  return { data, dims: tensor.dims, isWhole: data.every(Number.isSafeInteger) };
}

function checkCount(data: ArrayLike<number>, expected: number): void {
  if (data.length !== expected) throw wrong(`are ${data.length} for ${expected} scores`);
}

function wrong(reason: string): InputError {
  return new InputError(`labels: ${reason}`, { details: { argument: "labels" } });
}
