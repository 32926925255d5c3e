import { beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../../ts/errors.js";
import { Tokenizer } from "../../../ts/processing/tokenizer.js";
import { readTokenizerFixture, textOf } from "./parity-fixture.js";
import { gemmaSource, readerSource } from "./support.js";

const TOKENIZERS = [
  { name: "reader", source: readerSource(), imageTokens: 9 },
  { name: "gemma3", source: gemmaSource(), imageTokens: 256 },
] as const;

// Parsing the real tokenizer takes seconds.
const LOAD_TIMEOUT = 60_000;

/** Whole texts in an error message would hide which one it is. */
const short = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);

describe.each(TOKENIZERS)("the $name tokenizer", ({ name, source, imageTokens }) => {
  const fixture = readTokenizerFixture(name);
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await Tokenizer.fromPretrained(source);
  }, LOAD_TIMEOUT);

  it("has cases to compare", () => {
    expect(fixture.texts.length).toBeGreaterThan(400);
    expect(fixture.ids.length).toBeGreaterThan(90);
    expect(fixture.chats.length).toBeGreaterThan(50);
  });

  it("gives the official ids", () => {
    for (const item of fixture.texts) {
      const text = textOf(item);
      expect(tokenizer.encode(text), short(text)).toEqual(item.ids);
      expect(tokenizer.encode(text, { addSpecialTokens: false }), short(text)).toEqual(item.ids.slice(1));
    }
  });

  it("tells where each token stands", () => {
    for (const item of fixture.texts) {
      const text = textOf(item);
      const { offsetMapping = [], inputIds } = tokenizer.call(text, { returnOffsetsMapping: true, addSpecialTokens: false });
      expect(offsetMapping.length).toBe(inputIds.length);
      let end = 0;
      for (const [from, to] of offsetMapping) {
        // Tokens follow one another without a gap; byte tokens of one character share its place.
        expect(from === end || to === end, short(text)).toBe(true);
        end = to;
      }
      expect(end).toBe(text.length);
    }
  });

  it("gives the official text", () => {
    for (const { ids, decoded, decodedSkipSpecial } of [...fixture.texts, ...fixture.ids]) {
      if (decoded === undefined) continue;
      expect(tokenizer.decode(ids), ids.join()).toBe(decoded);
      expect(tokenizer.decode(ids, { skipSpecialTokens: true }), ids.join()).toBe(decodedSkipSpecial);
    }
  });

  it("decodes long texts to what they were", () => {
    const long = fixture.texts.filter(({ repeat }) => repeat !== undefined);
    expect(long.length).toBeGreaterThan(0);
    for (const item of long) {
      const text = textOf(item).replaceAll("<bos>", "");
      expect(tokenizer.decode(item.ids, { skipSpecialTokens: true }) === text, short(text)).toBe(true);
    }
  });

  it("streams the same text that it decodes at once", () => {
    for (const { ids } of [...fixture.texts, ...fixture.ids]) {
      for (const skipSpecialTokens of [false, true]) {
        const decoder = tokenizer.streamDecoder({ skipSpecialTokens });
        const pieces = [...ids.map((id) => decoder.push(id)), decoder.end()];
        expect(pieces.join("") === tokenizer.decode(ids, { skipSpecialTokens })).toBe(true);
      }
    }
  });

  it("renders chats as Python does, and refuses the same ones", () => {
    for (const { messages, addGenerationPrompt, text, error } of fixture.chats) {
      const render = (): string | string[] => tokenizer.applyChatTemplate(messages, { addGenerationPrompt, tokenize: false });
      if (error === undefined) expect(render(), JSON.stringify(messages)).toBe(text);
      else expect(render, JSON.stringify(messages)).toThrow(InputError);
    }
  });

  it("gives chats the official ids, with room for each picture", () => {
    const cases = fixture.chats.filter(({ ids }) => ids !== undefined);
    expect(cases.length).toBeGreaterThan(20);
    const picture = `\n\n<start_of_image>${"<image_soft_token>".repeat(imageTokens)}<end_of_image>\n\n`;
    for (const { text = "", ids } of cases) {
      const expanded = text.replaceAll("<start_of_image>", picture);
      expect(tokenizer.encode(expanded, { addSpecialTokens: false }), short(text)).toEqual(ids);
    }
  });
});
