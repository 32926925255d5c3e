import { cleanUpSpaces } from "./clean-up.js";
import type { DecodingRules } from "./decoding-rules.js";
import { StreamDecoder, tokenTextBytes, type TokenSource } from "./stream-decoder.js";

/** What makes text of token ids, in a form that can be cloned. */
export interface TokenTableData {
  readonly rules: DecodingRules;
  /** By id. */
  readonly tokens: readonly (string | undefined)[];
  /** Ids of special tokens. */
  readonly special: readonly number[];
  /** Whether decoding cleans up spaces. */
  readonly cleansUp: boolean;
}

/** The part of a tokenizer that makes text of token ids, on another thread than the tokenizer itself. */
export class TokenTable {
  readonly #source: TokenSource;
  readonly #cleansUp: boolean;

  constructor({ rules, tokens, special, cleansUp }: TokenTableData) {
    const names = new Set(special.map((id) => tokens[id]));
    this.#source = { rules, tokenOf: (id) => tokens[id], isSpecial: (token) => names.has(token) };
    this.#cleansUp = cleansUp;
  }

  /** See `Tokenizer.streamDecoder`. */
  streamDecoder(options: { skipSpecialTokens?: boolean } = {}): StreamDecoder {
    return new StreamDecoder(this.#source, options);
  }

  /** See `Tokenizer.decode`. */
  decode(ids: readonly number[]): string {
    const decoder = this.streamDecoder();
    const text = ids.map((id) => decoder.push(id)).join("") + decoder.end();
    return this.#cleansUp ? cleanUpSpaces(text) : text;
  }

  /** See `Tokenizer.convertIdsToTokens`. */
  convertIdsToTokens(id: number): string | null {
    return this.#source.tokenOf(id) ?? null;
  }

  /** See `Tokenizer.textBytes`. */
  textBytes(id: number): Uint8Array {
    return tokenTextBytes(this.#source, id);
  }
}
