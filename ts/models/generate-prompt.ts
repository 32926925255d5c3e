import { InputError } from "../errors.js";
import { withStartTokens } from "../generation/start-tokens.js";
import { type TokenBlock, toTokenBlock } from "../processing/token-rows.js";
import type { T5Gemma2Config } from "./config.js";
import type { GenerateInputs } from "./generate.js";
import { checkIds } from "./inputs.js";

/** What the decoder begins with, one array for each row of the encoder. */
export interface Prompt {
  readonly prompt: readonly (readonly number[])[];
  readonly mask: TokenBlock | undefined;
}

/**
 * The prompt, start tokens included, and its mask; one that goes with `pastKeyValues` may be of another length.
 *
 * @param starts the start token of each row
 * @throws InputError naming the argument
 */
export function planPrompt(
  config: T5Gemma2Config,
  inputs: GenerateInputs,
  starts: readonly number[],
  batch: number,
): Prompt {
  const mask = inputs.decoderAttentionMask && toTokenBlock("decoderAttentionMask", inputs.decoderAttentionMask, { below: 2 });
  if (mask !== undefined && mask.batch !== batch) throw wrongMask(mask, batch, "the encoder's rows");
  if (inputs.decoderInputIds === undefined) {
    if (mask !== undefined && inputs.pastKeyValues === undefined) {
      throw new InputError("decoderAttentionMask: has no meaning without decoderInputIds", { details: { argument: "decoderAttentionMask" } });
    }
    return { prompt: starts.map((start) => [start]), mask };
  }
  const given = checkIds("decoderInputIds", inputs.decoderInputIds, config);
  if (given.batch !== batch) {
    throw new InputError(`decoderInputIds: have ${given.batch} rows, but the encoder reads ${batch}`, {
      details: { argument: "decoderInputIds", rows: given.batch, expected: batch },
    });
  }
  if (mask !== undefined && mask.length !== given.length && inputs.pastKeyValues === undefined) throw wrongMask(mask, batch, given.length);
  const prompt = withStartTokens(rowsOf(given), starts);
  const isLonger = (prompt[0]?.length ?? 0) > given.length;
  return { prompt, mask: mask && isLonger ? withLeadingOnes(mask) : mask };
}

function wrongMask({ batch, length }: TokenBlock, rows: number, wanted: number | string): InputError {
  return new InputError(`decoderAttentionMask: has the shape [${batch}, ${length}], but the ids have [${rows}, ${wanted}]`, {
    details: { argument: "decoderAttentionMask", shape: [batch, length] },
  });
}

function rowsOf({ data, batch, length }: TokenBlock): number[][] {
  return Array.from({ length: batch }, (_, row) => [...data.subarray(row * length, (row + 1) * length)]);
}

function withLeadingOnes(mask: TokenBlock): TokenBlock {
  const rows = rowsOf(mask).map((row) => [1, ...row]);
  return { data: Int32Array.from(rows.flat()), batch: mask.batch, length: mask.length + 1 };
}
