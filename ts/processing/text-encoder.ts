import { Tokenizer as Library } from "@huggingface/tokenizers";
import { ConfigError, InputError } from "../errors.js";
import { AddedTokenMatcher } from "./added-tokens.js";
import type { Piece } from "./encoding.js";
import { characterNormalizer } from "./normalizer.js";
import { alignTokens } from "./offsets.js";
import type { AddedTokenJson, TokenizerJson } from "./tokenizer-json.js";

/** What the library implements; it takes other types for something of old. */
const MODELS = ["BPE", "Unigram", "WordPiece"];

/** A text cut into tokens. */
export interface TokenizedText extends Piece {
  tokens: string[];
}

/** How a text is cut. */
export interface SplitOptions {
  /** Whether `offsets` are wanted. */
  withOffsets?: boolean;
  /** Whether special tokens in the text are plain text. */
  splitSpecialTokens?: boolean;
}

/** Text to token ids, without special tokens around them; the vocabulary both ways. */
export class TextEncoding {
  readonly #library: Library;
  readonly #normalize: ((character: string) => string) | null;
  readonly #special = new Set<string>();
  readonly #addedIds = new Map<string, number>();
  readonly #added = new Map<number, AddedTokenJson>();
  #raw = new AddedTokenMatcher();
  #normalized = new AddedTokenMatcher();
  /** How many tokens the model has, added ones that it lacks aside. */
  readonly vocabSize: number;

  /** @throws ConfigError if the library can't make a tokenizer of the file */
  constructor(tokenizer: TokenizerJson, addedTokens: readonly AddedTokenJson[]) {
    const { type, vocab } = tokenizer.model;
    if (type !== undefined && !MODELS.includes(type)) {
      throw new ConfigError(`tokenizer.json: a model of type "${type}" is not implemented; ${MODELS.join(", ")} are`);
    }
    this.vocabSize = Array.isArray(vocab) ? vocab.length : Object.keys(vocab).length;
    this.#normalize = characterNormalizer(tokenizer.normalizer);
    try {
      // Special tokens around the text, added tokens and decoding are done apart: the library differs or can't.
      this.#library = new Library(
        {
          ...tokenizer,
          added_tokens: addedTokens,
          normalizer: tokenizer.normalizer ?? null,
          pre_tokenizer: tokenizer.pre_tokenizer ?? null,
          post_processor: null,
          decoder: tokenizer.decoder ?? null,
        },
        { clean_up_tokenization_spaces: false },
      );
    } catch (cause) {
      throw new ConfigError(`tokenizer.json: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
    for (const token of addedTokens) this.#take(token);
    this.#match();
  }

  /** Added tokens by id. */
  get addedTokens(): ReadonlyMap<number, AddedTokenJson> {
    return this.#added;
  }

  /** The token of an id. */
  tokenOf(id: number): string | undefined {
    return this.#added.get(id)?.content ?? this.#library.id_to_token(id);
  }

  /** The id of a token. */
  idOf(token: string): number | undefined {
    return this.#addedIds.get(token) ?? this.#library.token_to_id(token);
  }

  /** Whether decoding may leave this token out. */
  isSpecial(token: string): boolean {
    return this.#special.has(token);
  }

  /** Every token that has an id, with it. */
  vocabulary(): Map<string, number> {
    const tokens = this.#library.get_vocab();
    for (const [token, id] of this.#addedIds) tokens.set(token, id);
    return tokens;
  }

  /**
   * Adds tokens, or changes how they match. One that the model has keeps its id; others get the next ones.
   *
   * @returns how many were added or changed
   */
  addTokens(tokens: readonly Omit<AddedTokenJson, "id">[]): number {
    let count = 0;
    for (const token of tokens) {
      const { content } = token;
      if (content === "" || [...this.#added.values()].some((known) => isSame(known, token))) continue;
      const last = Math.max(-1, ...this.#added.keys());
      this.#take({ ...token, id: this.idOf(content) ?? Math.max(this.vocabSize, last + 1) });
      count++;
    }
    if (count > 0) this.#match();
    return count;
  }

  /** Cuts a text into tokens. A lone surrogate counts as U+FFFD, as it would once encoded as UTF-8. */
  encode(text: string, options: SplitOptions = {}): TokenizedText {
    const { withOffsets = false, splitSpecialTokens = false } = options;
    const wellFormed = text.replace(/\p{Surrogate}/gu, "\uFFFD");
    const result: TokenizedText = { ids: [], tokens: [], offsets: [], words: [] };
    let word = 0;
    const isMatched = (token: AddedTokenJson): boolean => !splitSpecialTokens || !this.#special.has(token.content);
    for (const { begin, end, token } of this.#raw.split(wellFormed, isMatched)) {
      const part = wellFormed.slice(begin, end);
      const first = result.tokens.length;
      if (token !== null) this.#append(result, [part], [token.id], word++);
      else word = this.#encodePart(result, part, isMatched, word);
      if (!withOffsets) continue;
      const tokens = result.tokens.slice(first);
      const offsets = token !== null ? [[0, part.length] as [number, number]] : this.#normalize && alignTokens(part, tokens, this.#normalize);
      if (offsets === null) throw new InputError("returnOffsetsMapping: this tokenizer changes its text in other ways than known");
      for (const [from, to] of offsets) result.offsets.push([begin + from, begin + to]);
    }
    return result;
  }

  /** The ids of a text in which no added token counts as such. */
  encodePlain(text: string): number[] {
    const result: TokenizedText = { ids: [], tokens: [], offsets: [], words: [] };
    this.#encodePart(result, text.replace(/\p{Surrogate}/gu, "\uFFFD"), () => false, 0);
    return result.ids;
  }

  /** The library's decoder, for kinds that {@link readDecodingRules} has no rules for. */
  decodeTokens(tokens: string[]): string {
    const { decoder } = this.#library;
    return decoder === null ? tokens.join(" ") : decoder.decode(tokens);
  }

  /** Takes a part between tokens that are matched as they are; gives the number of the next word. */
  #encodePart(result: TokenizedText, part: string, isMatched: (token: AddedTokenJson) => boolean, firstWord: number): number {
    const { normalizer, pre_tokenizer: preTokenizer, model } = this.#library;
    const normalized = normalizer === null ? part : normalizer.normalize(part);
    let word = firstWord;
    this.#normalized.split(normalized, isMatched).forEach(({ begin, end, token }, index) => {
      const text = normalized.slice(begin, end);
      if (token !== null) {
        this.#append(result, [text], [token.id], word++);
        return;
      }
      const words = preTokenizer === null ? [text] : preTokenizer.pre_tokenize(text, { section_index: firstWord + index });
      for (const each of words) {
        const tokens = model?._call([each]) ?? [];
        if (tokens.length === 0) continue;
        const ids = tokens.map((piece) => this.#library.token_to_id(piece) ?? model?.unk_token_id);
        const unknown = ids.indexOf(undefined);
        if (unknown >= 0) {
          throw new InputError(`the tokenizer has no token for ${JSON.stringify(tokens[unknown])}, and none for what is unknown`);
        }
        this.#append(result, tokens, ids as number[], word++);
      }
    });
    return word;
  }

  #append(result: TokenizedText, tokens: readonly string[], ids: readonly number[], word: number): void {
    tokens.forEach((token, index) => {
      result.tokens.push(token);
      result.ids.push(ids[index] as number);
      result.words.push(word);
    });
  }

  #take(token: AddedTokenJson): void {
    this.#addedIds.set(token.content, token.id);
    this.#added.set(token.id, token);
    if (token.special === true) this.#special.add(token.content);
    else this.#special.delete(token.content);
  }

  #match(): void {
    this.#raw = new AddedTokenMatcher();
    this.#normalized = new AddedTokenMatcher();
    const { normalizer } = this.#library;
    for (const token of this.#added.values()) {
      if (token.normalized ?? token.special !== true) {
        this.#normalized.add(normalizer === null ? token.content : normalizer.normalize(token.content), token);
      } else {
        this.#raw.add(token.content, token);
      }
    }
  }
}

const FLAGS = ["single_word", "lstrip", "rstrip", "special"] as const;

function isSame(a: Omit<AddedTokenJson, "id">, b: Omit<AddedTokenJson, "id">): boolean {
  const isNormalized = (token: Omit<AddedTokenJson, "id">): boolean => token.normalized ?? token.special !== true;
  return a.content === b.content && isNormalized(a) === isNormalized(b) && FLAGS.every((flag) => (a[flag] ?? false) === (b[flag] ?? false));
}
