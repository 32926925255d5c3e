import { InputError } from "../errors.js";
import type { ChatRenderOptions } from "./chat.js";
import type { ChatTemplate, RenderedChat } from "./chat-template.js";
import type { BatchEncoding } from "./tokenizer-types.js";

/** @throws InputError where a mask of what the assistant said can't be had */
export function checkAssistantMask(template: ChatTemplate, options: ChatRenderOptions): void {
  if (options.continueFinalMessage) throw new InputError("returnAssistantTokensMask and continueFinalMessage exclude each other");
  if (options.sanitizeControlTokens) throw new InputError("returnAssistantTokensMask and sanitizeControlTokens exclude each other");
  if (!template.marksGeneration) {
    throw new InputError("returnAssistantTokensMask: the chat template does not mark what the assistant said, by {% generation %}");
  }
}

/**
 * Adds masks of the assistant's tokens as the official tokenizer finds them: from the token of the first character to
 * that of the last.
 *
 * @param batch encodings with offsets
 * @param keepOffsets whether these stay
 */
export function withAssistantMasks(batch: BatchEncoding, rendered: readonly RenderedChat[], keepOffsets = false): BatchEncoding {
  const { offsetMapping = [], ...rest } = batch;
  const assistantMasks = offsetMapping.map((offsets, row) => {
    const mask = offsets.map(() => 0);
    const tokenAt = (character: number): number => offsets.findIndex(([begin, end]) => begin <= character && character < end);
    for (const [begin, end] of rendered[row]?.generated ?? []) {
      const first = tokenAt(begin);
      // Truncation may have taken it.
      if (first < 0) break;
      const last = tokenAt(end - 1);
      mask.fill(1, first, last > 0 ? last + 1 : mask.length);
    }
    return mask;
  });
  return { ...rest, ...(keepOffsets && { offsetMapping }), assistantMasks };
}

/**
 * A mask of the assistant's tokens as the official processor finds them: all that overlap what it said.
 *
 * @param generated where it said it, in the text that the offsets are of
 */
export function maskOverlapping(offsets: readonly (readonly [number, number])[], generated: readonly (readonly [number, number])[]): number[] {
  return offsets.map(([begin, end]) => (generated.some(([from, to]) => begin < to && end > from) ? 1 : 0));
}
