import { checkOptions } from "../options.js";
import type { SpecialTokens } from "./special-tokens.js";
import type { TextEncoding } from "./text-encoder.js";
import type { TokenSequence } from "./tokenizer-types.js";

/** The tokens of a tokenizer, and which of them are special. */
export class Vocabulary {
  /** Special tokens by their configured names: `bos_token`, `boi_token` and so on. */
  readonly specialTokensMap: Readonly<Record<string, string>>;
  /** Special tokens that have no name. */
  readonly extraSpecialTokens: readonly string[];
  /** @internal */
  protected readonly encoding: TextEncoding;

  /** @internal */
  constructor(encoding: TextEncoding, special: SpecialTokens) {
    this.encoding = encoding;
    this.specialTokensMap = Object.freeze(special.named);
    this.extraSpecialTokens = Object.freeze(special.extra);
  }

  /** The token that opens a text, if there is one. */
  get bosToken(): string | undefined {
    return this.specialTokensMap["bos_token"];
  }

  /** The token that ends a text, if there is one. */
  get eosToken(): string | undefined {
    return this.specialTokensMap["eos_token"];
  }

  /** The token that stands for what the vocabulary lacks, if there is one. */
  get unkToken(): string | undefined {
    return this.specialTokensMap["unk_token"];
  }

  /** The token that fills rows, if there is one. */
  get padToken(): string | undefined {
    return this.specialTokensMap["pad_token"];
  }

  /** The token that stands for something hidden, if there is one. */
  get maskToken(): string | undefined {
    return this.specialTokensMap["mask_token"];
  }

  /** The id of {@link bosToken}. */
  get bosTokenId(): number | undefined {
    return this.specialTokenId("bos_token");
  }

  /** The id of {@link eosToken}. */
  get eosTokenId(): number | undefined {
    return this.specialTokenId("eos_token");
  }

  /** The id of {@link unkToken}. */
  get unkTokenId(): number | undefined {
    return this.specialTokenId("unk_token");
  }

  /** The id of {@link padToken}. */
  get padTokenId(): number | undefined {
    return this.specialTokenId("pad_token");
  }

  /** The id of {@link maskToken}. */
  get maskTokenId(): number | undefined {
    return this.specialTokenId("mask_token");
  }

  /** The id of a special token by its configured name, such as "boi_token"; undefined if it has no such token. */
  specialTokenId(name: string): number | undefined {
    const token = this.specialTokensMap[name];
    return token === undefined ? undefined : this.encoding.idOf(token);
  }

  /** All special tokens, named ones first, each once. */
  get allSpecialTokens(): string[] {
    return [...new Set([...Object.values(this.specialTokensMap), ...this.extraSpecialTokens])];
  }

  /** The ids of {@link allSpecialTokens}. */
  get allSpecialIds(): number[] {
    return this.convertTokensToIds(this.allSpecialTokens) as number[];
  }

  /** How many tokens the model of the tokenizer has; ids of tokens added to it may lie beyond. */
  get vocabSize(): number {
    return this.encoding.vocabSize;
  }

  /** How many tokens there are, added ones included. */
  get length(): number {
    let length = this.vocabSize;
    for (const id of this.encoding.addedTokens.keys()) if (id >= this.vocabSize) length++;
    return length;
  }

  /** The id of a token, or of each; that of the unknown token for one that isn't in the vocabulary, undefined without such. */
  convertTokensToIds(tokens: string): number | undefined;
  convertTokensToIds(tokens: readonly string[]): (number | undefined)[];
  convertTokensToIds(tokens: string | readonly string[]): number | undefined | (number | undefined)[] {
    if (typeof tokens !== "string") return tokens.map((token) => this.convertTokensToIds(token));
    return this.encoding.idOf(tokens) ?? this.unkTokenId;
  }

  /** The token of an id, or of each; null where the vocabulary has none. */
  convertIdsToTokens(ids: number): string | null;
  convertIdsToTokens(ids: TokenSequence, options?: { skipSpecialTokens?: boolean }): (string | null)[];
  convertIdsToTokens(
    ids: number | TokenSequence,
    options: { skipSpecialTokens?: boolean } = {},
  ): string | null | (string | null)[] {
    checkOptions("convertIdsToTokens", options, ["skipSpecialTokens"]);
    if (typeof ids === "number") return this.encoding.tokenOf(ids) ?? null;
    const skipped = new Set(options.skipSpecialTokens ? this.allSpecialIds : []);
    return Array.from(ids, (id) => (skipped.has(id) ? undefined : (this.encoding.tokenOf(id) ?? null))).filter(
      (token) => token !== undefined,
    );
  }
}
