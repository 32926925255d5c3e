import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../../ts/errors.js";
import { type DecoderJson, type DecodingRules, readDecodingRules } from "../../../ts/processing/decoding-rules.js";
import { StreamDecoder, type TokenSource } from "../../../ts/processing/stream-decoder.js";

const GEMMA: DecoderJson = {
  type: "Sequence",
  decoders: [{ type: "Replace", pattern: { String: "▁" }, content: " " }, { type: "ByteFallback" }, { type: "Fuse" }],
};
const LLAMA: DecoderJson = { type: "Sequence", decoders: [...(GEMMA.decoders ?? []), { type: "Strip", content: " ", start: 1, stop: 0 }] };

/** 256 byte tokens, then words, then specials. */
const WORDS = ["▁", "▁the", "a", "é", "日", "▁▁▁", "\n", "<0x41>x", "\ufeff", "👍"];
const SPECIALS = ["<bos>", "<eos>"];
const TOKENS = [...Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`), ...WORDS, ...SPECIALS];

function sourceOf(decoder: DecoderJson | null): TokenSource {
  return {
    rules: readDecodingRules(decoder) as DecodingRules,
    tokenOf: (id) => TOKENS[id],
    isSpecial: (token) => SPECIALS.includes(token),
  };
}

/** The official rules, applied to the whole sequence at once. */
function decodeAtOnce(ids: readonly number[], skipSpecialTokens: boolean, strip: boolean): string {
  const tokens = ids.map((id) => TOKENS[id]).filter((token) => token !== undefined && !(skipSpecialTokens && SPECIALS.includes(token)));
  const parts: string[] = [];
  let bytes: number[] = [];
  const flush = (): void => {
    if (bytes.length === 0) return;
    const text = Buffer.from(bytes).toString("utf8");
    parts.push(Buffer.from(text, "utf8").equals(Buffer.from(bytes)) ? text : "\ufffd".repeat(bytes.length));
    bytes = [];
  };
  for (const token of tokens as string[]) {
    const byte = /^<0x(..)>$/.exec(token)?.[1];
    if (byte !== undefined) {
      bytes.push(Number.parseInt(byte, 16));
      continue;
    }
    flush();
    parts.push(token.replaceAll("▁", " "));
  }
  flush();
  const text = parts.join("");
  return strip && text.startsWith(" ") ? text.slice(1) : text;
}

const bytesOf = (text: string): number[] => [...new TextEncoder().encode(text)];
const anyId = fc.nat({ max: TOKENS.length + 3 });
const anyIds = fc
  .array(fc.oneof(anyId.map((id) => [id]), fc.string({ unit: "binary", maxLength: 3 }).map((text) => bytesOf(text.replace(/\p{Surrogate}/gu, "")))), {
    maxLength: 12,
  })
  .map((parts) => parts.flat());

describe("StreamDecoder", () => {
  it.each([
    ["gemma", GEMMA, false],
    ["with a leading space taken away", LLAMA, true],
  ])("joins to what decoding at once gives: %s", (_, decoder, strip) => {
    const source = sourceOf(decoder);
    fc.assert(
      fc.property(anyIds, fc.boolean(), (ids, skipSpecialTokens) => {
        const stream = new StreamDecoder(source, { skipSpecialTokens });
        const pieces = [...ids.map((id) => stream.push(id)), stream.end()];
        expect(pieces.join("")).toBe(decodeAtOnce(ids, skipSpecialTokens, strip));
      }),
      { numRuns: 2000 },
    );
  });

  it("never gives half a character", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme", maxLength: 4 }), { maxLength: 6 }), (texts) => {
        const stream = new StreamDecoder(sourceOf(GEMMA));
        for (const text of texts) {
          const pieces = [...bytesOf(text), TOKENS.indexOf("a")].map((id) => stream.push(id));
          for (const piece of pieces) expect(piece).not.toMatch(/\ufffd|\p{Surrogate}/u);
        }
        stream.end();
      }),
    );
  });

  it("holds bytes back until their run ends, special tokens left out included", () => {
    const stream = new StreamDecoder(sourceOf(GEMMA), { skipSpecialTokens: true });
    const eos = TOKENS.indexOf("<eos>");
    expect([0xf0, 0x9f, eos, 0x91, 0x8d].map((id) => stream.push(id))).toEqual(["", "", "", "", ""]);
    expect(stream.push(TOKENS.indexOf("▁the"))).toBe("👍 the");
    expect(stream.end()).toBe("");
  });

  it("is ready for another text after its end", () => {
    const stream = new StreamDecoder(sourceOf(LLAMA));
    const the = TOKENS.indexOf("▁the");
    expect([stream.push(the), stream.push(the), stream.push(0xe6), stream.end()]).toEqual(["the", " the", "", "\ufffd"]);
    expect(stream.push(the)).toBe("the");
  });

  it("joins with spaces where a tokenizer has no decoder", () => {
    const stream = new StreamDecoder(sourceOf(null));
    expect(["a", "é", "▁"].map((token) => stream.push(TOKENS.indexOf(token)))).toEqual(["a", " é", " ▁"]);
  });

  it.each([-1, 1.5, Number.NaN, "3" as unknown as number])("refuses the id %s", (id) => {
    expect(() => new StreamDecoder(sourceOf(GEMMA)).push(id)).toThrow(InputError);
  });
});

describe("readDecodingRules", () => {
  it.each<DecoderJson>([
    { type: "WordPiece" },
    { type: "ByteLevel" },
    { type: "Replace", pattern: { Regex: "x" }, content: "" },
    { type: "Sequence", decoders: [{ type: "Strip", content: " ", start: 1, stop: 0 }] },
    { type: "Sequence", decoders: [{ type: "Fuse" }, { type: "Strip", content: " ", start: 0, stop: 1 }] },
    { type: "Sequence", decoders: [{ type: "ByteFallback" }, { type: "Replace", pattern: { String: "a" }, content: "b" }] },
  ])("has no rules for %j", (decoder) => {
    expect(readDecodingRules(decoder)).toBeNull();
  });
});
