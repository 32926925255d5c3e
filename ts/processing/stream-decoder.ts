import { InputError } from "../errors.js";
import { describe } from "../options.js";
import type { DecodingRules } from "./decoding-rules.js";

/** What a {@link StreamDecoder} has to know of a tokenizer. */
export interface TokenSource {
  readonly rules: DecodingRules;
  /** The token that an id stands for, or undefined where the vocabulary has none. */
  tokenOf(id: number): string | undefined;
  /** Whether `skipSpecialTokens` leaves this token out. */
  isSpecial(token: string): boolean;
}

const BYTE_TOKEN = /^<0x([0-9A-Fa-f]{2})>$/;
// A byte order mark is text like any other, and bytes that aren't UTF-8 have a rule of their own.
const ENCODER = new TextEncoder();
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes of a token's text. */
function tokenBytes(token: string, { replacements, byteFallback }: DecodingRules): Uint8Array {
  let text = token;
  for (const { from, to } of replacements) text = text.replaceAll(from, () => to);
  const byte = byteFallback ? BYTE_TOKEN.exec(text) : null;
  return byte === null ? ENCODER.encode(text) : Uint8Array.of(Number.parseInt(byte[1] as string, 16));
}

/**
 * The bytes that a token adds to a text; none for special tokens and ids that are no token.
 *
 * @throws InputError for a tokenizer whose tokens add other text at the beginning or side by side
 */
export function tokenTextBytes({ rules, tokenOf, isSpecial }: TokenSource, id: number): Uint8Array {
  if (rules.separator !== "" || rules.strip.count > 0) {
    throw new InputError("tokenizer: the text of its tokens depends on where they stand, so that no constraint can follow them");
  }
  const token = tokenOf(id);
  return token === undefined || isSpecial(token) ? new Uint8Array() : tokenBytes(token, rules);
}

/**
 * Turns token ids into text as they come. Text that was given out is final: all pieces joined are exactly what decoding
 * all ids at once gives, and a character that is spelt as byte tokens comes whole.
 *
 * A run of byte tokens is held back until it ends: the official decoder replaces every byte of a run that is not UTF-8
 * as a whole, so no part of it is certain before. Each id costs a constant amount of work.
 */
export class StreamDecoder {
  readonly #source: TokenSource;
  readonly #skipSpecialTokens: boolean;
  #bytes: number[] = [];
  #started = false;
  #toStrip: number;

  constructor(source: TokenSource, options: { skipSpecialTokens?: boolean } = {}) {
    this.#source = source;
    this.#skipSpecialTokens = options.skipSpecialTokens ?? false;
    this.#toStrip = source.rules.strip.count;
  }

  /**
   * Takes the next id.
   *
   * @returns the text that is now certain, possibly empty. An id outside of the vocabulary gives no text, as officially.
   * @throws InputError if the id is not an integer from 0
   */
  push(id: number): string {
    if (!Number.isInteger(id) || id < 0) {
      throw new InputError(`a token id must be an integer from 0, not ${typeof id === "number" ? id : describe(id)}`);
    }
    let token = this.#source.tokenOf(id);
    if (token === undefined || (this.#skipSpecialTokens && this.#source.isSpecial(token))) return "";
    const { replacements, byteFallback } = this.#source.rules;
    for (const { from, to } of replacements) token = token.replaceAll(from, () => to);
    const byte = byteFallback ? BYTE_TOKEN.exec(token) : null;
    if (byte !== null) {
      this.#bytes.push(Number.parseInt(byte[1] as string, 16));
      return "";
    }
    return this.#takeBytes() + this.#place(token);
  }

  /** Ends the text: gives what was held back, and makes the decoder ready for a new one. */
  end(): string {
    const rest = this.#takeBytes();
    this.#started = false;
    this.#toStrip = this.#source.rules.strip.count;
    return rest;
  }

  #takeBytes(): string {
    if (this.#bytes.length === 0) return "";
    const bytes = Uint8Array.from(this.#bytes);
    this.#bytes = [];
    let text: string;
    try {
      text = UTF8.decode(bytes);
    } catch {
      text = "\uFFFD".repeat(bytes.length);
    }
    return this.#place(text);
  }

  #place(token: string): string {
    const { separator, strip } = this.#source.rules;
    let text = this.#started ? separator + token : token;
    this.#started = true;
    while (this.#toStrip > 0 && text !== "") {
      if (!text.startsWith(strip.character)) {
        this.#toStrip = 0;
        break;
      }
      text = text.slice(strip.character.length);
      this.#toStrip--;
    }
    return text;
  }
}
