import { InputError } from "../errors.js";
import { checkOptions, describe } from "../options.js";
import { type AddedToken, toAddedToken } from "./added-vocabulary.js";
import { type SpecialTokens, STANDARD_SPECIAL_TOKENS } from "./special-tokens.js";
import type { TextEncoding } from "./text-encoder.js";
import type { TokenSequence } from "./tokenizer-types.js";

/** The tokens of a tokenizer, and which of them are special. */
export class Vocabulary {
  #named: Readonly<Record<string, string>>;
  #extra: readonly string[];
  /** @internal */
  protected readonly encoding: TextEncoding;

  /** @internal */
  constructor(encoding: TextEncoding, special: SpecialTokens) {
    this.encoding = encoding;
    this.#named = Object.freeze(special.named);
    this.#extra = Object.freeze(special.extra);
  }

  /** Special tokens by their configured names: `bos_token`, `boi_token` and so on. */
  get specialTokensMap(): Readonly<Record<string, string>> {
    return this.#named;
  }

  /** Special tokens that have no name. */
  get extraSpecialTokens(): readonly string[] {
    return this.#extra;
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

  /** Every token with its id. */
  getVocab(): Map<string, number> {
    return this.encoding.vocabulary();
  }

  /** The added tokens with their ids, in the order of ids. */
  getAddedVocab(): Map<string, number> {
    const ids = [...this.encoding.addedTokens].sort(([a], [b]) => a - b);
    return new Map(ids.map(([id, { content }]) => [content, id]));
  }

  /**
   * Adds tokens that are never split. One that the vocabulary has already keeps its id; others get the next free ones,
   * which the model must have room for.
   *
   * @param options `specialTokens`: whether decoding may leave them out
   * @returns how many were new, or changed in how they match
   * @throws InputError for anything that describes no token
   */
  addTokens(tokens: string | AddedToken | readonly (string | AddedToken)[], options: { specialTokens?: boolean } = {}): number {
    checkOptions("addTokens", options, ["specialTokens"]);
    const { specialTokens = false } = options;
    const list: readonly unknown[] = Array.isArray(tokens) ? tokens : [tokens];
    return this.encoding.addTokens(
      list.map((token, index) => {
        const added = toAddedToken(Array.isArray(tokens) ? `tokens[${index}]` : "tokens", token, specialTokens);
        return specialTokens ? { ...added, special: true } : added;
      }),
    );
  }

  /**
   * Names special tokens, such as `{ padToken: "<pad>" }`, and adds those that the vocabulary lacks. What is put around
   * texts stays as it is.
   *
   * @param tokens names in camelCase, those of this tokenizer (`boiToken`) included; `extraSpecialTokens` have none
   * @param options `replaceExtraSpecialTokens`: whether the latter replace those that are there, or join them
   * @returns how many were added, or changed in how they match
   * @throws InputError for a name that there is not, and for anything that describes no token
   */
  addSpecialTokens(
    tokens: { extraSpecialTokens?: readonly (string | AddedToken)[]; [name: string]: string | AddedToken | readonly (string | AddedToken)[] | undefined },
    options: { replaceExtraSpecialTokens?: boolean } = {},
  ): number {
    checkOptions("addSpecialTokens", options, ["replaceExtraSpecialTokens"]);
    const { replaceExtraSpecialTokens = true } = options;
    const names = new Map([...STANDARD_SPECIAL_TOKENS, ...Object.keys(this.#named)].map((name) => [camelCase(name), name]));
    checkOptions("addSpecialTokens", tokens, [...names.keys(), "extraSpecialTokens"]);
    const { extraSpecialTokens: extra = [], ...rest } = tokens;
    if (!Array.isArray(extra)) throw new InputError(`extraSpecialTokens must be an array of tokens, not ${describe(extra)}`);
    const special = (name: string, value: unknown) => ({ ...toAddedToken(name, value, true), special: true });
    const named = Object.entries(rest).filter(([, value]) => value !== undefined);
    const added = named.map(([key, value]) => ({ name: names.get(key) as string, token: special(key, value) }));
    const unnamed = extra
      .map((value: unknown, index) => special(`extraSpecialTokens[${index}]`, value))
      .filter(({ content }) => replaceExtraSpecialTokens || !this.#extra.includes(content));
    const contents = unnamed.map(({ content }) => content);
    const merged = { ...this.#named, ...Object.fromEntries(added.map(({ name, token }) => [name, token.content])) };
    this.#named = Object.freeze(Object.fromEntries([...names.values()].filter((name) => name in merged).map((name) => [name, merged[name] as string])));
    this.#extra = Object.freeze(replaceExtraSpecialTokens && contents.length > 0 ? contents : [...this.#extra, ...contents]);
    return this.encoding.addTokens([...added.map(({ token }) => token), ...unnamed]);
  }

  /** For ids of a sequence that has its special tokens already: 1 where one of {@link allSpecialIds} is, else 0. */
  getSpecialTokensMask(ids: TokenSequence): number[] {
    const special = new Set(this.allSpecialIds);
    return Array.from(ids, (id) => (special.has(id) ? 1 : 0));
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

/** "boi_token" as "boiToken". */
function camelCase(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}
