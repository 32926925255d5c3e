import { InputError } from "../errors.js";
import { token, tokens } from "./checks.js";
import type { Settings } from "./settings.js";

/**
 * What the decoder begins with, a token for each row: decoderStartTokenId, or else bosTokenId.
 *
 * @throws InputError if there is neither, or one for another number of rows
 */
export function startTokens(settings: Settings, vocabSize: number, batch: number): number[] {
  const given = settings.get("decoderStartTokenId");
  const starts = tokens("decoderStartTokenId", given, vocabSize);
  if (Array.isArray(given) && starts.length !== batch) {
    throw new InputError(`decoderStartTokenId: has ${starts.length} tokens for ${batch} rows`, { details: { option: "decoderStartTokenId" } });
  }
  if (Array.isArray(given)) return starts;
  const start = starts[0] ?? token("bosTokenId", settings.get("bosTokenId"), vocabSize);
  if (start !== undefined) return Array.from({ length: batch }, () => start);
  throw new InputError("decoderStartTokenId: neither it nor bosTokenId is set, by options or by the checkpoint", {
    details: { option: "decoderStartTokenId" },
  });
}

/** Puts the start tokens before a decoder prompt, unless a row begins with its own, as the oracle does. */
export function withStartTokens(rows: readonly (readonly number[])[], starts: readonly number[]): number[][] {
  const isBare = rows.every((row, index) => row[0] !== starts[index]);
  return rows.map((row, index) => (isBare ? [starts[index] as number, ...row] : [...row]));
}
