import { InputError } from "../errors.js";
import { padSequences } from "./batch-encoding.js";
import { splitMarked } from "./control-tokens.js";
import type { LengthPlan } from "./encode-options.js";
import { applyTemplate, type Piece, type Sequence, type Template } from "./encoding.js";
import type { TextEncoding } from "./text-encoder.js";
import { truncate } from "./truncation.js";

const NO_TEMPLATE: Template = { single: [{ Sequence: { id: "A", type_id: 0 } }], pair: [], ids: new Map() };

/**
 * Encodes rendered chats in which the caller's control tokens are marked: those become plain text, the template's own
 * stay what they are.
 *
 * @throws InputError if the tokenizer makes a control token of plain text
 */
export function encodeMarkedTexts(encoder: TextEncoding, texts: readonly string[], lengths: LengthPlan, padId: number): Sequence[] {
  const sequences = texts.map((text) => {
    const ids = encodeMarked(encoder, text);
    let piece: Piece = { ids, offsets: [], words: ids.map(() => 0) };
    if (lengths.truncation !== "none" && lengths.maxLength !== null) {
      const plan = { maxLength: lengths.maxLength, strategy: "longestFirst", side: lengths.truncationSide, stride: 0 } as const;
      piece = truncate(piece, null, plan)[0].kept;
    }
    return applyTemplate(NO_TEMPLATE, piece, null, false);
  });
  return padSequences(sequences, lengths, padId);
}

function encodeMarked(encoder: TextEncoding, chat: string): number[] {
  const addedTokens = [...encoder.addedTokens.values()].map(({ content }) => content);
  const ids: number[] = [];
  splitMarked(chat, addedTokens).forEach(({ text, isMarked }, index) => {
    const encode = isMarked ? (part: string) => encoder.encodePlain(part) : (part: string) => encoder.encode(part).ids;
    const own = index === 0 && !isMarked ? encode(text) : encodeInside(text, encode, encoder.encode("\n").ids);
    const id = encoder.idOf(text);
    if (isMarked && id !== undefined && own.includes(id)) {
      throw new InputError(`sanitizeControlTokens: the tokenizer makes ${JSON.stringify(text)} of plain text, too`);
    }
    for (const token of own) ids.push(token);
  });
  return ids;
}

/** Encodes after a newline, so that nothing is put before the text as at the start of one, and takes the newline off again. */
function encodeInside(text: string, encode: (part: string) => number[], newline: readonly number[]): number[] {
  const ids = encode(`\n${text}`);
  return newline.every((id, index) => ids[index] === id) ? ids.slice(newline.length) : encode(text);
}
