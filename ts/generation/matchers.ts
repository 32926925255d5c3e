import { InputError } from "../errors.js";
import type { GrammarGlue, WasmMatcher, WasmVocabulary } from "../runtime/grammar-glue.js";
import type { WasmInstance } from "../runtime/instance.js";
import { loadGrammarModule } from "../runtime/load.js";
import type { CheckedConstraint } from "./constraint.js";

/** What a constraint has to know of a tokenizer. */
export interface TokenBytes {
  textBytes(id: number): Uint8Array;
}

type Instance = WasmInstance<GrammarGlue>;

/** The vocabulary of a tokenizer as an instance last had it: making one takes seconds for a quarter of a million tokens. */
const vocabularies = new WeakMap<TokenBytes, { instance: Instance; key: string; vocabulary: WasmVocabulary }>();

/** Follows the answers of all rows under a constraint. */
export class Matchers {
  readonly #instance: Instance;
  readonly #rows: readonly WasmMatcher[];
  readonly #words: number;
  readonly #ended: boolean[];

  private constructor(instance: Instance, rows: readonly WasmMatcher[], vocabSize: number) {
    this.#instance = instance;
    this.#rows = rows;
    this.#words = Math.ceil(vocabSize / 32);
    this.#ended = rows.map(() => false);
  }

  /**
   * Loads the grammar binary when it is first needed.
   *
   * @throws InputError for a constraint that is malformed, LoadError if the binary can't be loaded
   */
  static async open(constraint: CheckedConstraint, tokenizer: TokenBytes, eos: readonly number[], vocabSize: number, rows: number): Promise<Matchers> {
    const instance = await loadGrammarModule();
    const vocabulary = vocabularyOf(instance, tokenizer, eos, vocabSize);
    const { kind, source, compact } = constraint;
    const made: WasmMatcher[] = [];
    try {
      made.push(instance.call(() => vocabulary.matcher(kind, source, compact)));
      while (made.length < rows) made.push(instance.call(() => (made[0] as WasmMatcher).fork()));
    } catch (error) {
      made.forEach((matcher) => instance.free(matcher));
      throw error instanceof InputError ? new InputError(`constraint.${error.message}`, { cause: error, details: { option: "constraint" } }) : error;
    }
    return new Matchers(instance, made, vocabSize);
  }

  /** The tokens that each row may go on with, as bits; any for rows that have ended. */
  masks(): Uint32Array {
    const words = new Uint32Array(this.#rows.length * this.#words).fill(0xffffffff);
    this.#rows.forEach((matcher, row) => {
      if (this.#ended[row] === true) return;
      const mask = this.#instance.call(() => matcher.mask()).subarray(0, this.#words);
      words.fill(0, row * this.#words, (row + 1) * this.#words).set(mask, row * this.#words);
    });
    return words;
  }

  /** Hears of a step. */
  take(tokens: ArrayLike<number>, finished: ArrayLike<number>): void {
    this.#rows.forEach((matcher, row) => {
      if (this.#ended[row] === true) return;
      const token = tokens[row] as number;
      if (!this.#instance.call(() => matcher.take(token))) throw new InputError(`constraint: row ${row} went on with token ${token}, which does not fit`);
      this.#ended[row] = finished[row] !== 0;
    });
  }

  /** Lets rows be that ended otherwise. */
  end(row: number): void {
    this.#ended[row] = true;
  }

  dispose(): void {
    this.#rows.forEach((matcher) => this.#instance.free(matcher));
  }
}

function vocabularyOf(instance: Instance, tokenizer: TokenBytes, eos: readonly number[], vocabSize: number): WasmVocabulary {
  const key = `${vocabSize}:${eos.join()}`;
  const known = vocabularies.get(tokenizer);
  if (known?.instance === instance && known.key === key) return known.vocabulary;
  const texts = Array.from({ length: vocabSize }, (_, id) => tokenizer.textBytes(id));
  const bytes = new Uint8Array(texts.reduce((sum, text) => sum + text.length, 0));
  const ends = new Uint32Array(vocabSize);
  let end = 0;
  texts.forEach((text, id) => {
    bytes.set(text, end);
    ends[id] = end += text.length;
  });
  const vocabulary = instance.call((glue) => new glue.Vocabulary(bytes, ends, Uint32Array.from(eos)));
  if (known !== undefined) known.instance.free(known.vocabulary);
  vocabularies.set(tokenizer, { instance, key, vocabulary });
  return vocabulary;
}
