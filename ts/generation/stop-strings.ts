import { InputError } from "../errors.js";
import type { StoppingCriterion } from "./hooks.js";

/** What stop strings have to know of a tokenizer: a tokenizer or processor of this package. */
export interface TokenTexts {
  decode(ids: readonly number[]): string;
  convertIdsToTokens(id: number): string | null;
}

const BYTE_TOKEN = /^<0x([0-9A-Fa-f]{2})>$/;

/** A tokenizer, or the one that a processor has. @throws InputError for anything else */
export function tokenTextsOf(tokenizer: unknown): TokenTexts {
  const own = (tokenizer as { tokenizer?: unknown } | undefined)?.tokenizer ?? tokenizer;
  const { decode, convertIdsToTokens } = (own ?? {}) as Partial<TokenTexts>;
  const isFit = typeof decode === "function" && typeof convertIdsToTokens === "function";
  // One that is in a worker answers later.
  if (isFit && typeof (own as TokenTexts).decode([]) === "string") return own as TokenTexts;
  throw new InputError("stopStrings: need the tokenizer or processor of the model: pass it as tokenizer", { details: { option: "tokenizer" } });
}

/**
 * Ends rows whose last token completes a stop string. Compared are the bytes of tokens, special ones by their names, as the oracle
 * does it; so a string may begin in the decoder's prompt, and end within a token.
 */
export function stopStringCriterion(strings: readonly string[], tokenizer: TokenTexts): StoppingCriterion {
  const encoder = new TextEncoder();
  const stops = strings.map((text) => encoder.encode(text));
  const longest = Math.max(...stops.map((stop) => stop.length));
  const known = new Map<number, Uint8Array>();
  const bytesOf = (id: number): Uint8Array => {
    let bytes = known.get(id);
    if (bytes === undefined) {
      const byte = BYTE_TOKEN.exec(tokenizer.convertIdsToTokens(id) ?? "");
      bytes = byte === null ? encoder.encode(tokenizer.decode([id])) : Uint8Array.of(Number.parseInt(byte[1] as string, 16));
      known.set(id, bytes);
    }
    return bytes;
  };
  return (sequences) => sequences.map((row) => {
    const tail = row.slice(-longest).map(bytesOf);
    const last = tail.at(-1)?.length ?? 0;
    const bytes = tail.flatMap((each) => [...each]);
    return stops.some((stop) => endsWithin(bytes, stop, last));
  });
}

/** Whether `stop` occurs in `bytes` with its end among the last `last` of them. */
function endsWithin(bytes: readonly number[], stop: Uint8Array, last: number): boolean {
  for (let end = bytes.length; end > bytes.length - last && end >= stop.length; end--) {
    if (stop.every((byte, index) => bytes[end - stop.length + index] === byte)) return true;
  }
  return false;
}
