import { InputError } from "../errors.js";

/** JavaScript's classes, as ranges within a class of Rust's. */
const CLASSES: Readonly<Record<string, string>> = {
  d: "0-9",
  w: "0-9A-Za-z_",
  s: String.raw`\t\n\x0B\x0C\r\x20\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF`,
};
const ANY = "(?s:.)";
const NO_LINE_END = String.raw`[^\n\r\u2028\u2029]`;

/**
 * A regular expression in the syntax of Rust's regex crate that matches the same texts as a whole.
 *
 * @throws InputError naming the place of what is malformed, or can't be followed character by character
 */
export function javascriptRegex(regex: string | RegExp): string {
  const { source, flags } = parsed(regex);
  const refused = /[mv]/.exec(flags);
  if (refused !== null) throw wrong(`the flag ${refused[0]} is not supported`);
  const any = flags.includes("s") ? ANY : NO_LINE_END;
  let out = flags.includes("i") ? "(?i)" : "";
  let inClass = false;
  for (let at = 0; at < source.length; at++) {
    const character = source[at] as string;
    if (character === "\\") {
      at += 1;
      out += escape(source, at, inClass);
      if (source[at] === "c") at += 1;
    } else if (inClass) {
      if (character === "]") inClass = false;
      out += "[&~".includes(character) ? `\\${character}` : character;
    } else if (character === "[") {
      const negated = source[at + 1] === "^";
      if (source[at + (negated ? 2 : 1)] === "]") {
        if (!negated) throw wrong(`[] at ${at} matches nothing`);
        out += ANY;
        at += 2;
      } else {
        inClass = true;
        out += negated ? "[^" : "[";
        if (negated) at += 1;
      }
    } else if (character === "(" && /^\(\?<?[=!]/.test(source.slice(at))) {
      throw wrong(`look-around at ${at} is not supported`);
    } else {
      out += character === "." ? any : character;
    }
  }
  return out;
}

function escape(source: string, at: number, inClass: boolean): string {
  const character = source[at] as string;
  const ranges = CLASSES[character.toLowerCase()];
  if (ranges !== undefined) return character === character.toLowerCase() ? `[${ranges}]` : `[^${ranges}]`;
  if (inClass && character === "b") return String.raw`\x08`;
  if (character === "0") return String.raw`\x00`;
  if (character === "c") return `\\x${((source.codePointAt(at + 1) as number) % 32).toString(16).padStart(2, "0")}`;
  if (/[1-9k]/.test(character)) throw wrong(`the back reference at ${at - 1} is not supported`);
  if (/[bB]/.test(character)) throw wrong(`\\${character} at ${at - 1} is not supported`);
  return character === "/" ? "/" : `\\${character}`;
}

function parsed(regex: string | RegExp): RegExp {
  if (regex instanceof RegExp) return regex;
  try {
    return new RegExp(regex, "u");
  } catch (cause) {
    throw new InputError(`constraint.regex: ${(cause as Error).message}`, { cause, details: { option: "constraint" } });
  }
}

function wrong(reason: string): InputError {
  return new InputError(`constraint.regex: ${reason}`, { details: { option: "constraint" } });
}
