import type { AddedTokenJson } from "./tokenizer-json.js";

/** A part of a text: an added token that stands there, or what lies between such tokens. */
export interface Section {
  /** [begin, end) in UTF-16 code units. */
  begin: number;
  end: number;
  token: AddedTokenJson | null;
}

interface Node {
  next: Map<string, Node>;
  token: AddedTokenJson | null;
}

const newNode = (): Node => ({ next: new Map(), token: null });

/** Finds added tokens in text: the leftmost, and of several there the longest, as the official tokenizer does. */
export class AddedTokenMatcher {
  readonly #root = newNode();

  /** Takes a token that is spelt `content` where it is looked for. */
  add(content: string, token: AddedTokenJson): void {
    let node = this.#root;
    for (let index = 0; index < content.length; index++) {
      const unit = content.charAt(index);
      let next = node.next.get(unit);
      if (next === undefined) node.next.set(unit, (next = newNode()));
      node = next;
    }
    node.token = token;
  }

  /** Cuts a text at its added tokens; parts without characters are left out. */
  split(text: string, isMatched: (token: AddedTokenJson) => boolean): Section[] {
    const sections: Section[] = [];
    let done = 0;
    let position = 0;
    while (position < text.length) {
      const found = this.#longestAt(text, position);
      if (found === null) {
        position++;
        continue;
      }
      const { token, end } = found;
      const [start, stop] = isMatched(token) ? spanOf(token, text, position, end, done) : [end, end];
      position = Math.max(end, stop);
      if (start === stop) continue;
      if (done < start) sections.push({ begin: done, end: start, token: null });
      sections.push({ begin: start, end: stop, token });
      done = stop;
    }
    if (done < text.length) sections.push({ begin: done, end: text.length, token: null });
    return sections;
  }

  #longestAt(text: string, position: number): { token: AddedTokenJson; end: number } | null {
    let found: { token: AddedTokenJson; end: number } | null = null;
    let node: Node | undefined = this.#root;
    for (let end = position; node !== undefined; ) {
      node = node.next.get(text.charAt(end++));
      if (node?.token) found = { token: node.token, end };
    }
    return found;
  }
}

/** Where a token reaches to that stands at [begin, end): over spaces that it strips, or nowhere if it must be a word of its own. */
function spanOf(token: AddedTokenJson, text: string, begin: number, end: number, done: number): [number, number] {
  if (token.single_word === true && (/[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u.test(text.slice(Math.max(0, begin - 2), begin)) || /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u.test(text.slice(end, end + 2)))) {
    return [end, end];
  }
  let [start, stop] = [begin, end];
  while (token.lstrip === true && start > done && isSpace(text.charAt(start - 1))) start--;
  while (token.rstrip === true && stop < text.length && isSpace(text.charAt(stop))) stop++;
  return [start, stop];
}

function isSpace(character: string): boolean {
  return /\p{White_Space}/u.test(character);
}
