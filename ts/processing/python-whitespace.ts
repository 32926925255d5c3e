/**
 * Chat templates are written for Python, whose `strip` knows other whitespace than JavaScript's `trim`: the separators
 * U+001C to U+001F and U+0085 as well, but not U+FEFF.
 */
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** Python's `str.rstrip()`. */
export function pythonRstrip(text: string): string {
  // A pattern with `+$` would take quadratic time over long runs of spaces.
  let end = text.length;
  while (end > 0 && SPACE.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** Python's `str.strip()`. */
export function pythonStrip(text: string): string {
  let begin = 0;
  while (begin < text.length && SPACE.test(text.charAt(begin))) begin++;
  return pythonRstrip(text.slice(begin));
}

/** Characters that the template engine would treat otherwise than Python, and those that stand in for them. */
const DIFFERENT = /[\x1c-\x1f\x85\u1680\ufeff]/g;
// Spelt in two characters that JavaScript trims and, once real ones are replaced, nobody else uses. All spellings have
// the same length, so that trimming away any number of them leaves no half.
const SPELLINGS = new Map(
  ["\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\u1680"].map((character, index) => [
    character,
    [4, 2, 1].map((bit) => ((index & bit) === 0 ? "\u1680" : "\ufeff")).join(""),
  ]),
);
const CHARACTERS = new Map([...SPELLINGS].map(([character, spelling]) => [spelling, character]));

/** Text as the template engine may see it, and the way back. */
export interface WhitespaceDisguise {
  hide(text: string): string;
  reveal(text: string): string;
}

/**
 * Makes a disguise under which JavaScript trims what Python would, for the strings that a template is rendered with.
 * Most have none of the characters in question and pass unchanged.
 *
 * @param strings everything the disguise will be used on, so that the stand-in for U+FEFF is free
 */
export function disguiseWhitespace(strings: readonly string[]): WhitespaceDisguise {
  if (!strings.some((text) => text.search(DIFFERENT) >= 0)) return { hide: (text) => text, reveal: (text) => text };
  let standIn = 0xfdd0;
  while (standIn < 0xfdef && strings.some((text) => text.includes(String.fromCharCode(standIn)))) standIn++;
  const mark = String.fromCharCode(standIn);
  return {
    hide: (text) => text.replace(DIFFERENT, (character) => SPELLINGS.get(character) ?? mark),
    reveal: (text) =>
      text.replace(/[\u1680\ufeff]{3}/g, (spelling) => CHARACTERS.get(spelling) ?? spelling).replaceAll(mark, "\ufeff"),
  };
}
