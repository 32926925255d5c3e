import type { AddedTokenJson } from "./tokenizer-json.js";

// Private-use characters around control tokens that came from the caller, as officially.
const START = "\u{f0000}";
const END = "\u{f0001}";
const MARKERS = new RegExp(`[${START}${END}]`, "gu");

/** A part of a rendered chat. */
export interface ChatPiece {
  text: string;
  /** Whether it is a control token that the caller wrote, to be encoded as plain text. */
  isMarked: boolean;
}

/**
 * The tokens that a caller's text must not be able to write: special ones, and other added tokens that the template
 * writes, whitespace aside.
 *
 * @param templateText the literal text of the template
 * @param configured `chat_control_tokens` of the tokenizer's configuration, which replaces the look at the template
 */
export function controlTokensOf(
  addedTokens: Iterable<AddedTokenJson>,
  templateText: string,
  configured: readonly string[] | undefined,
): string[] {
  const inTemplate = (token: string): boolean => templateText.includes(token) && token.trim() !== "";
  return [...addedTokens]
    .filter(({ special, content }) => special === true || (configured?.includes(content) ?? inTemplate(content)))
    .map(({ content }) => content);
}

/** Puts markers around control tokens; markers that are in the text already go, so that none can be forged. */
export function markControlTokens(text: string, tokens: readonly string[]): string {
  const clean = text.replace(MARKERS, "");
  return tokens.length === 0 ? clean : clean.replace(anyOf(tokens), (token) => START + token + END);
}

/** Cuts a rendered chat at its markers. One that lost its other half (a template may split text) still cuts. */
export function splitMarked(text: string, addedTokens: readonly string[]): ChatPiece[] {
  const marked = new RegExp(`${START}(${anyOf(addedTokens).source})${END}|[${START}${END}]`, "u");
  return text
    .split(marked)
    .map((piece, index) => ({ text: piece ?? "", isMarked: index % 2 === 1 }))
    .filter((piece) => piece.text !== "");
}

/** Matches a token that has no marker before it. */
export function unmarked(token: string): RegExp {
  return new RegExp(`(?<!${START})${escape(token)}`, "gu");
}

function anyOf(tokens: readonly string[]): RegExp {
  // Longer ones first, so that a token has priority over tokens it contains.
  const source = [...tokens].sort((a, b) => b.length - a.length).map(escape).join("|");
  return new RegExp(source === "" ? "(?!)" : source, "gu");
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
