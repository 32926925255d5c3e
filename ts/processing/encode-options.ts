import { InputError } from "../errors.js";
import type { Side, TruncationStrategy } from "./encoding.js";

/** `true` and "longest" fill up to the longest row, "maxLength" up to `maxLength`. The official spelling is taken as well. */
export type Padding = boolean | "longest" | "maxLength" | "max_length" | "doNotPad" | "do_not_pad";

/** `true` and "longestFirst" cut the longer text of a pair first. The official spelling is taken as well. */
export type Truncation =
  | boolean
  | TruncationStrategy
  | "longest_first"
  | "only_first"
  | "only_second"
  | "doNotTruncate"
  | "do_not_truncate";

/** How the length of sequences is settled. */
export interface LengthOptions {
  /** Whether and how far rows are filled up. Default: not at all. */
  padding?: Padding;
  /** Whether rows are cut to `maxLength`. Default: where `maxLength` is given and `padding` isn't. */
  truncation?: Truncation;
  /** The length in tokens to cut or fill to, special tokens included. Default: the tokenizer's `modelMaxLength`. */
  maxLength?: number;
  /** Lengths are rounded up to a multiple of this. Needs padding. */
  padToMultipleOf?: number;
  /** Where padding goes. Default: the tokenizer's. */
  paddingSide?: Side;
  /** Where tokens are cut. Default: the tokenizer's. */
  truncationSide?: Side;
}

/** Every key of {@link LengthOptions}. */
export const LENGTH_OPTIONS = [
  "padding",
  "truncation",
  "maxLength",
  "padToMultipleOf",
  "paddingSide",
  "truncationSide",
] as const satisfies readonly (keyof LengthOptions)[];

/** What {@link LengthOptions} come to for one tokenizer. */
export interface LengthPlan {
  padding: "none" | "longest" | "maxLength";
  truncation: "none" | TruncationStrategy;
  /** The limit to cut or fill to, where one of both is on. */
  maxLength: number | null;
  multipleOf: number;
  paddingSide: Side;
  truncationSide: Side;
  /** Tokens that rows of what is cut off have in common. */
  stride: number;
}

/** The tokenizer's own properties that options fall back on. */
export interface LengthDefaults {
  modelMaxLength: number;
  paddingSide: Side;
  truncationSide: Side;
  hasPadToken: boolean;
}

const PADDING = new Map<unknown, LengthPlan["padding"]>([
  [false, "none"],
  ["doNotPad", "none"],
  ["do_not_pad", "none"],
  [true, "longest"],
  ["longest", "longest"],
  ["maxLength", "maxLength"],
  ["max_length", "maxLength"],
]);

const TRUNCATION = new Map<unknown, LengthPlan["truncation"]>([
  [false, "none"],
  ["doNotTruncate", "none"],
  ["do_not_truncate", "none"],
  [true, "longestFirst"],
  ["longestFirst", "longestFirst"],
  ["longest_first", "longestFirst"],
  ["onlyFirst", "onlyFirst"],
  ["only_first", "onlyFirst"],
  ["onlySecond", "onlySecond"],
  ["only_second", "onlySecond"],
]);

/** Above this a tokenizer's limit means "none", officially. */
const NO_LIMIT = 1e20;

/**
 * Settles padding and truncation as the official implementation does, but for options that it would ignore: those throw.
 *
 * @throws InputError for a value that is none of the allowed ones, or an option that would have no effect
 */
export function planLengths(options: LengthOptions, defaults: LengthDefaults): LengthPlan {
  const { maxLength, padToMultipleOf } = options;
  for (const [name, value] of Object.entries({ maxLength, padToMultipleOf })) {
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1)) {
      throw new InputError(`${name} must be an integer from 1, not ${String(value)}`);
    }
  }
  const padding = oneOf("padding", options.padding ?? false, PADDING);
  const implied = maxLength !== undefined && padding === "none";
  const truncation = oneOf("truncation", options.truncation ?? implied, TRUNCATION);
  const plan: LengthPlan = {
    padding,
    truncation,
    maxLength: maxLength ?? null,
    multipleOf: padToMultipleOf ?? 1,
    paddingSide: sideOf("paddingSide", options.paddingSide ?? defaults.paddingSide),
    truncationSide: sideOf("truncationSide", options.truncationSide ?? defaults.truncationSide),
    stride: 0,
  };
  if (maxLength !== undefined && padding !== "maxLength" && truncation === "none") {
    throw new InputError('maxLength has no effect here: it needs truncation, or padding "maxLength"');
  }
  if (maxLength === undefined && (padding === "maxLength" || truncation !== "none")) {
    if (defaults.modelMaxLength > NO_LIMIT) {
      if (plan.padding === "maxLength") plan.padding = "none";
      plan.truncation = "none";
    } else {
      plan.maxLength = defaults.modelMaxLength;
    }
  }
  if (plan.padding !== "none" && !defaults.hasPadToken) {
    throw new InputError("padding needs a padding token, and this tokenizer has none");
  }
  if (padToMultipleOf !== undefined) {
    if (padding === "none") throw new InputError("padToMultipleOf has no effect without padding");
    if (plan.truncation !== "none" && plan.maxLength !== null && plan.maxLength % padToMultipleOf !== 0) {
      throw new InputError(`maxLength ${plan.maxLength} is not a multiple of padToMultipleOf ${padToMultipleOf}`);
    }
  }
  return plan;
}

function oneOf<T>(name: string, value: unknown, allowed: ReadonlyMap<unknown, T>): T {
  const found = allowed.get(value);
  if (found !== undefined) return found;
  const names = [...allowed.keys()].map((key) => JSON.stringify(key)).join(", ");
  throw new InputError(`${name} must be one of ${names}, not ${JSON.stringify(value) ?? String(value)}`);
}

/** @throws InputError for anything but "left" and "right" */
export function sideOf(name: string, value: unknown): Side {
  if (value !== "left" && value !== "right") {
    throw new InputError(`${name} must be "left" or "right", not ${JSON.stringify(value) ?? String(value)}`);
  }
  return value;
}
