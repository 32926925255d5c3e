import { Tokenizer as Library } from "@huggingface/tokenizers";
import { ConfigError, InputError } from "../errors.js";
import type { Piece } from "./encoding.js";
import { alignTokens } from "./offsets.js";
import type { AddedTokenJson, TokenizerJson } from "./tokenizer-json.js";

/** What the library implements; it takes other types for something of old. */
const MODELS = ["BPE", "Unigram", "WordPiece"];

/** A text cut into tokens. */
export interface TokenizedText extends Piece {
  tokens: string[];
}

/** Text to token ids, without special tokens around them; the vocabulary both ways. */
export class TextEncoding {
  readonly #library: Library;
  readonly #normalize: ((character: string) => string) | null;
  readonly #isSpecial: ReadonlySet<string>;
  /** How many tokens the model has, added ones that it lacks aside. */
  readonly vocabSize: number;
  /** Added tokens by id. */
  readonly addedTokens: ReadonlyMap<number, AddedTokenJson>;

  /** @throws ConfigError if the library can't make a tokenizer of the file */
  constructor(tokenizer: TokenizerJson, addedTokens: readonly AddedTokenJson[]) {
    const single = addedTokens.find((token) => token.single_word === true);
    if (single !== undefined) {
      throw new ConfigError(`tokenizer.json: added token "${single.content}" is single_word, which is not implemented`);
    }
    const { type, vocab } = tokenizer.model;
    if (type !== undefined && !MODELS.includes(type)) {
      throw new ConfigError(`tokenizer.json: a model of type "${type}" is not implemented; ${MODELS.join(", ")} are`);
    }
    this.vocabSize = Array.isArray(vocab) ? vocab.length : Object.keys(vocab).length;
    this.addedTokens = new Map(addedTokens.map((token) => [token.id, token]));
    this.#isSpecial = new Set(addedTokens.filter((token) => token.special).map((token) => token.content));
    this.#normalize = readNormalizer(tokenizer.normalizer);
    try {
      // Special tokens around the text and decoding are done apart: the library's decoder differs for broken UTF-8.
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
  }

  /** The token of an id. */
  tokenOf(id: number): string | undefined {
    return this.#library.id_to_token(id);
  }

  /** The id of a token. */
  idOf(token: string): number | undefined {
    return this.#library.token_to_id(token);
  }

  /** Whether decoding may leave this token out. */
  isSpecial(token: string): boolean {
    return this.#isSpecial.has(token);
  }

  /** Cuts a text into tokens. A lone surrogate counts as U+FFFD, as it would once encoded as UTF-8. */
  encode(text: string, withOffsets = false): TokenizedText {
    const wellFormed = text.replace(/\p{Surrogate}/gu, "\uFFFD");
    const { ids, tokens } = this.#library.encode(wellFormed, { add_special_tokens: false });
    const unknown = ids.findIndex((id: number | undefined) => id === undefined);
    if (unknown >= 0) {
      throw new InputError(`the tokenizer has no token for ${JSON.stringify(tokens[unknown])}, and none for what is unknown`);
    }
    if (!withOffsets) return { ids, tokens, offsets: [] };
    const offsets = this.#normalize === null ? null : alignTokens(wellFormed, tokens, this.#normalize);
    if (offsets === null) throw new InputError("returnOffsetsMapping: this tokenizer changes its text in other ways than known");
    return { ids, tokens, offsets };
  }

  /** The ids of a text in which no added token counts as such. */
  encodePlain(text: string): number[] {
    const { normalizer, pre_tokenizer: preTokenizer, model } = this.#library;
    const wellFormed = text.replace(/\p{Surrogate}/gu, "\uFFFD");
    const normalized = normalizer === null ? wellFormed : normalizer.normalize(wellFormed);
    const words = preTokenizer === null ? [normalized] : preTokenizer.pre_tokenize(normalized, { section_index: 0 });
    return (model?.encode(words) ?? []).map((token) => this.#library.token_to_id(token) as number);
  }

  /** The library's decoder, for kinds that {@link readDecodingRules} has no rules for. */
  decodeTokens(tokens: string[]): string {
    const { decoder } = this.#library;
    return decoder === null ? tokens.join(" ") : decoder.decode(tokens);
  }
}

interface NormalizerJson {
  type?: string;
  pattern?: { String?: string };
  content?: string;
  normalizers?: NormalizerJson[];
}

/** What a normalizer makes of a single character, or null for one that looks at more than that. */
function readNormalizer(json: unknown): ((character: string) => string) | null {
  if (json === null || json === undefined) return (character) => character;
  const normalizer = json as NormalizerJson;
  const steps = normalizer.type === "Sequence" ? (normalizer.normalizers ?? []) : [normalizer];
  const replacements = new Map<string, string>();
  for (const { type, pattern, content } of steps) {
    if (type !== "Replace" || pattern?.String === undefined || [...pattern.String].length !== 1) return null;
    if (steps.length > 1) return null;
    replacements.set(pattern.String, content ?? "");
  }
  return (character) => replacements.get(character) ?? character;
}
