import { InputError } from "../errors.js";
import type { CutPiece, Piece, Side, TruncationStrategy } from "./encoding.js";

/** How texts are cut. */
export interface TruncationPlan {
  /** Tokens at most, of both texts together. */
  maxLength: number;
  strategy: TruncationStrategy;
  side: Side;
  /** Tokens that each piece that is cut off has in common with the one before. */
  stride: number;
}

/**
 * Cuts texts so that together they have at most `maxLength` tokens, as the official tokenizer does.
 *
 * @throws InputError if the text that may be cut would have to vanish, or there is no room for the stride
 */
export function truncate(first: Piece, second: Piece | null, plan: TruncationPlan): [CutPiece, CutPiece | null] {
  const { maxLength, strategy } = plan;
  const [n1, n2] = [first.ids.length, second?.ids.length ?? 0];
  const surplus = n1 + n2 - maxLength;
  const whole = (piece: Piece): CutPiece => ({ kept: piece, overflow: [] });
  if (surplus <= 0) return [whole(first), second && whole(second)];
  if (maxLength === 0) return [cut(first, 0, plan), second && cut(second, 0, plan)];
  if (strategy === "longestFirst") {
    if (second === null) return [cut(first, maxLength, plan), null];
    const shorter = Math.min(n1, n2);
    // The shorter text stays whole while the longer one can give all; past that both get half, the odd token to the longer.
    let [short, long] = shorter > maxLength ? [shorter, shorter] : [shorter, Math.max(shorter, maxLength - shorter)];
    if (short + long > maxLength) {
      short = Math.floor(maxLength / 2);
      long = short + (maxLength % 2);
    }
    const [length1, length2] = n1 > n2 ? [long, short] : [short, long];
    return [cut(first, length1, plan), cut(second, length2, plan)];
  }
  const target = strategy === "onlyFirst" ? first : second;
  if (target === null) throw new InputError(`truncation "${strategy}" needs a second text`);
  if (target.ids.length <= surplus) {
    throw new InputError(
      `truncation "${strategy}": the text has ${target.ids.length} tokens, but ${surplus} would have to be cut`,
      { details: { length: target.ids.length, surplus } },
    );
  }
  const kept = cut(target, target.ids.length - surplus, plan);
  return strategy === "onlyFirst" ? [kept, second && whole(second)] : [whole(first), kept];
}

/** Cuts a piece in pieces of `length` tokens, the last one maybe shorter; all of it overflows where nothing may stay. */
function cut(piece: Piece, length: number, { side, stride }: TruncationPlan): CutPiece {
  const total = piece.ids.length;
  if (length >= total) return { kept: piece, overflow: [] };
  if (length === 0) return { kept: part(piece, 0, 0), overflow: [piece] };
  if (stride >= length) throw new InputError(`stride ${stride} must be less than the ${length} tokens of text that maxLength leaves room for`);
  const parts: Piece[] = [];
  for (let done = 0; done < total; done += length - stride) {
    const far = Math.min(done + length, total);
    parts.push(side === "right" ? part(piece, done, far) : part(piece, total - far, total - done));
    if (far === total) break;
  }
  const [kept, ...overflow] = parts as [Piece, ...Piece[]];
  return { kept, overflow };
}

function part({ ids, offsets, words }: Piece, begin: number, end: number): Piece {
  return { ids: ids.slice(begin, end), offsets: offsets.slice(begin, end), words: words.slice(begin, end) };
}
