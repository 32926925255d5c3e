/** What the bindings of the grammar binary export, as this package uses them. */
import type { WasmBindings } from "./glue.js";

/** Follows one answer. */
export interface WasmMatcher {
  /** The tokens that may come next: bit `id % 32` of word `id / 32`; the end tokens where the answer may end. */
  mask(): Uint32Array;
  /** Goes on by a token; false where it may not come next. */
  take(token: number): boolean;
  /** Another matcher that has come as far. */
  fork(): WasmMatcher;
  free(): void;
}

/** The text of every token of a tokenizer. */
export interface WasmVocabulary {
  /** A matcher at the beginning of an answer; `source` is JSON, but for "regex". Throws an InputError that says what is wrong. */
  matcher(kind: "jsonSchema" | "regex" | "choices", source: string, compact: boolean): WasmMatcher;
  free(): void;
}

export interface GrammarGlue extends WasmBindings {
  /** `bytes` is the text of all tokens after one another, `ends` where each token's ends; a token without text never fits. */
  Vocabulary: new (bytes: Uint8Array, ends: Uint32Array, eos: Uint32Array) => WasmVocabulary;
}
