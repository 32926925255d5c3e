import { InputError } from "../errors.js";
import type { LengthOptions } from "../processing/encode-options.js";

/** What all pipelines that read texts, and write none, take. */
export interface ReadingOptions {
  /**
   * How many texts are computed at once. Only texts of equal length are, since the models would see padding: answers do not depend
   * on it. @default 8
   */
  batchSize?: number | undefined;
  /** Ends the call between two batches: it then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** How texts become tokens, where the task leaves a choice. */
export interface ReadingTextOptions extends Pick<LengthOptions, "truncation" | "maxLength" | "truncationSide"> {
  /** Whether the tokens that the model expects around a text are added. @default true */
  addSpecialTokens?: boolean;
}

/** Every key of {@link ReadingOptions}. */
export const READING_OPTIONS = ["batchSize", "signal"] as const satisfies readonly (keyof ReadingOptions)[];

/** Every key of {@link ReadingTextOptions}. */
export const READING_TEXT_OPTIONS = ["truncation", "maxLength", "truncationSide", "addSpecialTokens"] as const satisfies readonly (keyof ReadingTextOptions)[];

/** One text's tokens. */
export interface TokenRow {
  readonly inputIds: readonly number[];
  readonly attentionMask: readonly number[];
}

/** Rows of equal length, as a model takes them. */
export interface RowBatch {
  readonly inputIds: readonly (readonly number[])[];
  readonly attentionMask: readonly (readonly number[])[];
}

const DEFAULT_BATCH_SIZE = 8;

/**
 * Computes rows in batches of equal length.
 *
 * @param compute gives one result for each row of a batch
 * @returns the results, in the order of the rows
 * @throws InputError for a batch size that is none; the signal's reason when it fires
 */
export async function computeRows<Row extends TokenRow, Result>(
  rows: readonly Row[],
  { batchSize = DEFAULT_BATCH_SIZE, signal }: ReadingOptions,
  compute: (batch: RowBatch, rows: readonly Row[]) => Promise<readonly Result[]>,
): Promise<Result[]> {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new InputError(`batchSize: must be a whole number from 1, not ${String(batchSize)}`, { details: { option: "batchSize" } });
  }
  const groups = new Map<number, number[]>();
  rows.forEach(({ inputIds: { length } }, index) => {
    const group = groups.get(length);
    if (group === undefined) groups.set(length, [index]);
    else group.push(index);
  });
  const results = new Array<Result>(rows.length);
  for (const group of groups.values()) {
    for (let begin = 0; begin < group.length; begin += batchSize) {
      signal?.throwIfAborted();
      const members = group.slice(begin, begin + batchSize);
      const batch = members.map((index) => rows[index] as Row);
      const computed = await compute({ inputIds: batch.map((row) => row.inputIds), attentionMask: batch.map((row) => row.attentionMask) }, batch);
      members.forEach((index, at) => (results[index] = computed[at] as Result));
    }
  }
  signal?.throwIfAborted();
  return results;
}

/** A tensor's rows [rows, width], each by itself. */
export function rowsOf(data: Float32Array, count: number): Float32Array[] {
  const width = data.length / count;
  return Array.from({ length: count }, (_, row) => data.subarray(row * width, (row + 1) * width));
}
