import { AutoTokenizer, type Constraint, type GenerateOptions, T5Gemma2ForConditionalGeneration, type Tokenizer } from "t5gemma2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fixtureSource } from "../support/files.ts";

interface Person {
  readonly name: string;
  readonly age: number;
  readonly tags: readonly string[];
}

const PERSON: Constraint = {
  jsonSchema: {
    type: "object",
    properties: {
      name: { type: "string", maxLength: 8 },
      age: { type: "integer", minimum: 0, maximum: 150 },
      tags: { type: "array", items: { enum: ["a", "b", "é"] }, maxItems: 3 },
    },
    required: ["name", "age", "tags"],
    additionalProperties: false,
  },
};
const WAYS: readonly GenerateOptions[] = [
  {},
  { promptLookupNumTokens: 3 },
  { repetitionPenalty: 1.5, logitsProcessors: [(_, rows) => rows.forEach((row) => row.fill(50, 0, 9))] },
  ...[1, 2, 3, 4, 5, 6].map((seed) => ({ doSample: true, seed, temperature: 3, topK: 0 })),
];

/** A model of random weights would write anything; the tokens of the reader's tokenizer, as far as its vocabulary goes. */
describe("constrained output", () => {
  let model: T5Gemma2ForConditionalGeneration;
  let tokenizer: Tokenizer;

  beforeAll(async () => {
    tokenizer = await AutoTokenizer.fromPretrained("builtin:reader");
    model = await T5Gemma2ForConditionalGeneration.fromPretrained(fixtureSource("test/fixtures/checkpoints/generation"), { device: "wasm", cache: false });
  });
  afterAll(() => model?.dispose());

  const answer = async (constraint: Constraint, options: GenerateOptions = {}, inputIds = [[2, 30, 40, 50]]): Promise<string[]> => {
    const result = await model.generate({ inputIds, maxNewTokens: 400, eosTokenId: 1, padTokenId: 0, constraint, tokenizer, ...options });
    expect(new Set(result.finishReasons)).toEqual(new Set(["stop"]));
    return tokenizer.decode(result.sequences, { skipSpecialTokens: true });
  };

  it("is JSON that fits the schema, whatever chooses the tokens", async () => {
    for (const constraint of [PERSON, { ...PERSON, compact: true }]) {
      for (const way of WAYS) {
        const [text] = await answer(constraint, way);
        const person = JSON.parse(text!) as Person;
        expect(Object.keys(person)).toEqual(["name", "age", "tags"]);
        expect([...person.name].length).toBeLessThanOrEqual(8);
        expect(Number.isInteger(person.age) && person.age >= 0 && person.age <= 150).toBe(true);
        expect(person.tags.length <= 3 && person.tags.every((tag) => ["a", "b", "é"].includes(tag))).toBe(true);
        if ("compact" in constraint) expect(text).toBe(text!.replace(/(?<=[{}[\],:]) | (?=[{}[\],:])|\n/g, ""));
      }
    }
  });

  it("matches the regular expression as JavaScript reads it", async () => {
    for (const regex of [/^\d{2,4}-[^\w\s]{3}\/(?:ab|cd){1,3}?$/, /\S.{1,6}[^]\x41\u00e9?/, /[[\]&&~-]{2,5}x/i, /(?:yes|no), (?<word>\w{1,9}\.)/s]) {
      for (const way of WAYS) {
        const { source, flags } = regex;
        const [text] = await answer({ regex }, way);
        expect(text).toMatch(new RegExp(`^(?:${source})$`, flags));
      }
    }
  });

  it("is one of the choices in each row of a batch, and ends where nothing may follow", async () => {
    const choices = ["yes", "no", "I don't (know)", "nothing\nmuch", "🍎"];
    const rows = [[2, 30, 40, 50], [2, 61, 70, 80], [2, 5, 6, 7]];
    for (const way of WAYS.filter((each) => each.promptLookupNumTokens === undefined)) {
      for (const text of await answer({ choices }, way, rows)) expect(choices).toContain(text);
    }
    const many = new Set((await answer({ choices }, { doSample: true, seed: 1, numReturnSequences: 12, temperature: 3, topK: 0 })));
    expect(many.size).toBeGreaterThan(1);
  });

  it("ends where the answer may, and is a beginning where tokens run out", async () => {
    const random = { doSample: true, seed: 1, numReturnSequences: 12, temperature: 5, topK: 0 };
    expect(new Set(await answer({ choices: ["a", "ab", "abc"] }, random))).toEqual(new Set(["a", "ab", "abc"]));
    expect(new Set(await answer({ choices: ["", "a"] }, random))).toEqual(new Set(["", "a"]));
    const { sequences, finishReasons } = await model.generate({ inputIds: [[2, 30]], eosTokenId: 1, maxNewTokens: 3, constraint: { choices: ["abcdefg"] }, tokenizer });
    expect([tokenizer.decode(sequences[0]!, { skipSpecialTokens: true }), ...finishReasons]).toEqual(["abc", "length"]);
  });

  it("says what is wrong", async () => {
    const circular: { items?: object } = {};
    circular.items = circular;
    const wrong = (constraint: unknown, options: GenerateOptions = {}): Promise<unknown> => answer(constraint as Constraint, options);
    for (const [constraint, message] of [
      [{}, /^constraint: must have one of/],
      [{ regex: "a", choices: ["b"] }, /^constraint: must have one of/],
      [{ regexp: "a" }, /regexp/],
      [{ choices: [] }, /^constraint\.choices: /],
      [{ regex: "a(" }, /^constraint\.regex: .*group/i],
      [{ regex: /a^b/ }, /^constraint\.regex: \^ and \$ can only stand/],
      [{ choices: ["a", "\ud800b"] }, /^constraint\.choices\[1\]: has half of a character/],
      [{ jsonSchema: circular }, /^constraint\.jsonSchema: can't be written as JSON/],
      [{ jsonSchema: { $ref: "#" } }, /^constraint: nothing that fits can come next/],
      [{ regex: /a(?!b)/ }, /^constraint\.regex: look-around at 1/],
      [{ regex: /(a)\1/ }, /^constraint\.regex: the back reference at 3/],
      [{ jsonSchema: { properties: { a: { type: "strin" } } } }, /^constraint\.jsonSchema: at \/properties\/a: .*strin/],
    ] as const) {
      await expect(wrong(constraint), String(message)).rejects.toMatchObject({ code: "InputError", message: expect.stringMatching(message) });
    }
    await expect(wrong({ choices: ["a"] }, { numBeams: 2 })).rejects.toThrow(/^constraint: can't be used with numBeams/);
    await expect(wrong({ choices: ["a"] }, { eosTokenId: null })).rejects.toThrow(/^constraint: needs a token that ends/);
    await expect(wrong({ choices: ["a"] }, { tokenizer: undefined })).rejects.toThrow(/^constraint: needs the tokenizer/);
    await expect(wrong({ choices: ["a"] }, { minNewTokens: 9 })).rejects.toThrow(/^constraint: leaves row 0 no token/);
  });
});
