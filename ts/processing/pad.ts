import { InputError } from "../errors.js";
import { describe } from "../options.js";
import { toTensorEncoding } from "./batch-encoding.js";
import type { Padding, LengthPlan } from "./encode-options.js";
import type { Side } from "./encoding.js";
import type { BatchEncoding, Encoding, TensorEncoding } from "./tokenizer-types.js";

/** An encoding, several, or one with rows. */
export type PadInput = Encoding | BatchEncoding | readonly Encoding[];

/** What comes of a {@link PadInput}: rows for several encodings, else the same form. */
export type Padded<T extends PadInput> = T extends readonly Encoding[] ? BatchEncoding : T;

/** Options of {@link Tokenizer.pad}. */
export interface PadOptions {
  /** How far rows are filled up. @default true, to the longest */
  padding?: Padding;
  /** The length in tokens to fill to. Needs padding "maxLength". @default the tokenizer's `modelMaxLength` */
  maxLength?: number;
  /** Lengths are rounded up to a multiple of this. */
  padToMultipleOf?: number;
  /** Where padding goes. @default the tokenizer's */
  paddingSide?: Side;
  /** @default true */
  returnAttentionMask?: boolean;
  /** Whether tensors come back. @default false */
  returnTensors?: boolean;
}

/** Every key of {@link PadOptions}. */
export const PAD_OPTIONS = [
  "padding",
  "maxLength",
  "padToMultipleOf",
  "paddingSide",
  "returnAttentionMask",
  "returnTensors",
] as const satisfies readonly (keyof PadOptions)[];

/** What padding has in each list. */
const FILLING: Readonly<Record<string, number>> = { attentionMask: 0, tokenTypeIds: 0, specialTokensMask: 1 };

/**
 * Fills encodings up to the length that the plan asks for.
 *
 * @throws InputError for encodings of which one lacks an entry that the first has, or without ids
 */
export function padEncodings(
  encodings: PadInput,
  plan: LengthPlan,
  padId: number,
  { returnAttentionMask = true, returnTensors = false }: { returnAttentionMask?: boolean | undefined; returnTensors?: boolean | undefined },
): Encoding | BatchEncoding | TensorEncoding {
  const batch = Array.isArray(encodings) ? collate(encodings as readonly Encoding[]) : (encodings as Encoding | BatchEncoding);
  const ids: unknown = batch?.inputIds;
  if (!Array.isArray(ids)) throw new InputError(`pad: encodings must have inputIds, which are ${describe(ids)}`);
  const isBatched = Array.isArray(ids[0]);
  const rows = (isBatched ? batch : Object.fromEntries(Object.entries(batch).map(([key, value]) => [key, [value]]))) as BatchEncoding;
  const lengths = rows.inputIds.map((row) => row.length);
  const odd = Object.entries(rows).find(([, values]) => values.length !== lengths.length);
  if (odd !== undefined) throw new InputError(`pad: ${odd[0]} has ${odd[1].length} rows, but inputIds has ${lengths.length}`);
  const target = plan.padding === "maxLength" && plan.maxLength !== null ? plan.maxLength : Math.max(0, ...lengths);
  const length = plan.padding === "none" ? 0 : Math.ceil(target / plan.multipleOf) * plan.multipleOf;
  const masked = returnAttentionMask && rows.attentionMask === undefined ? { ...rows, attentionMask: lengths.map((count) => Array<number>(count).fill(1)) } : rows;
  const padded = Object.fromEntries(
    Object.entries(masked).map(([key, values]) => {
      const filling = key === "inputIds" ? padId : key === "attentionMask" && !returnAttentionMask ? undefined : FILLING[key];
      return [key, filling === undefined ? values : (values as number[][]).map((row, index) => fill(row, length - (lengths[index] as number), filling, plan.paddingSide))];
    }),
  ) as unknown as BatchEncoding;
  if (returnTensors) return toTensorEncoding(padded);
  return isBatched ? padded : (Object.fromEntries(Object.entries(padded).map(([key, values]) => [key, (values as unknown[])[0]])) as unknown as Encoding);
}

function collate(encodings: readonly Encoding[]): BatchEncoding {
  const [first] = encodings;
  if (first === undefined) throw new InputError("pad: at least one encoding is needed");
  return Object.fromEntries(
    Object.keys(first).map((key) => [
      key,
      encodings.map((encoding, index) => {
        const value = encoding[key as keyof Encoding];
        if (value === undefined) throw new InputError(`pad: encodings[${index}] has no ${key}, which encodings[0] has`);
        return value;
      }),
    ]),
  ) as unknown as BatchEncoding;
}

function fill(row: readonly number[], count: number, value: number, side: Side): number[] {
  const filling = Array<number>(Math.max(0, count)).fill(value);
  return side === "right" ? [...row, ...filling] : [...filling, ...row];
}
