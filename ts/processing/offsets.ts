const BYTE_TOKEN = /^<0x[0-9A-F]{2}>$/;
const UTF8 = new TextEncoder();

/**
 * Finds where tokens stand in their text, for tokenizers that only replace single characters before they split
 * (Gemma's writes spaces as "▁"): the tokens, byte tokens aside, then spell the text.
 *
 * @param text well-formed
 * @param tokens all tokens of the text, in order, without special ones around it
 * @param normalize what the tokenizer makes of one character
 * @returns [begin, end) in UTF-16 code units for each token, or null where tokens don't spell the text. The byte tokens of
 *   a character all stand for the whole of it.
 */
export function alignTokens(
  text: string,
  tokens: readonly string[],
  normalize: (character: string) => string,
): [number, number][] | null {
  const offsets: [number, number][] = [];
  let position = 0;
  let bytesLeft = 0;
  for (const token of tokens) {
    if (bytesLeft > 0) {
      bytesLeft--;
      offsets.push([...(offsets.at(-1) as [number, number])]);
      continue;
    }
    const end = spelledEnd(text, position, token, normalize);
    if (end !== null) {
      offsets.push([position, end]);
      position = end;
      continue;
    }
    const character = characterAt(text, position);
    if (!BYTE_TOKEN.test(token) || character === "") return null;
    offsets.push([position, position + character.length]);
    position += character.length;
    bytesLeft = UTF8.encode(normalize(character)).length - 1;
  }
  return position === text.length && bytesLeft === 0 ? offsets : null;
}

/** Where a token ends that starts at `position`, or null if the text goes on otherwise. */
function spelledEnd(text: string, position: number, token: string, normalize: (c: string) => string): number | null {
  // An added token is matched before anything is replaced.
  if (text.startsWith(token, position)) return position + token.length;
  let spelled = "";
  let end = position;
  while (spelled.length < token.length) {
    const character = characterAt(text, end);
    if (character === "") return null;
    spelled += normalize(character);
    end += character.length;
  }
  return spelled === token ? end : null;
}

function characterAt(text: string, position: number): string {
  const code = text.codePointAt(position);
  return code === undefined ? "" : String.fromCodePoint(code);
}
