/** A decoder as tokenizer.json describes it. */
export interface DecoderJson {
  type: string;
  decoders?: DecoderJson[];
  pattern?: { String?: string; Regex?: string };
  content?: string;
  start?: number;
  stop?: number;
}

/** How tokens become text, one after the other: what a decoder of the kind that Gemma has boils down to. */
export interface DecodingRules {
  /** Replaced within each token, in this order. */
  replacements: readonly { from: string; to: string }[];
  /** Whether tokens like `<0xE2>` are bytes of UTF-8. */
  byteFallback: boolean;
  /** Put between tokens. */
  separator: string;
  /** Up to `count` of this character are dropped at the start of the text. */
  strip: { character: string; count: number };
}

/**
 * Reads a decoder, or returns null for one whose text can't be told token by token.
 *
 * @param decoder `decoder` of tokenizer.json; null joins tokens with spaces, as the official implementation does
 */
export function readDecodingRules(decoder: DecoderJson | null | undefined): DecodingRules | null {
  const replacements: { from: string; to: string }[] = [];
  const rules = { replacements, byteFallback: false, separator: "", strip: { character: "", count: 0 } };
  if (decoder === null || decoder === undefined) return { ...rules, separator: " " };
  let fused = false;
  for (const step of decoder.type === "Sequence" ? (decoder.decoders ?? []) : [decoder]) {
    switch (step.type) {
      case "Replace":
        if (step.pattern?.String === undefined || rules.byteFallback || fused) return null;
        replacements.push({ from: step.pattern.String, to: step.content ?? "" });
        break;
      case "ByteFallback":
        if (fused) return null;
        rules.byteFallback = true;
        break;
      case "Fuse":
        fused = true;
        break;
      case "Strip":
        if (!fused || (step.stop ?? 0) > 0 || rules.strip.count > 0) return null;
        rules.strip = { character: step.content ?? "", count: step.start ?? 0 };
        break;
      default:
        return null;
    }
  }
  return rules;
}
