import { AutoTokenizer, type GenerateOptions, T5Gemma2ForConditionalGeneration, type Tokenizer } from "t5gemma2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { devices } from "../support/files.ts";

/** What chooses the tokens: the device, a draw, a processor of the caller's, the host with a report. */
const WAYS: readonly GenerateOptions[] = [{}, { doSample: true, seed: 3 }, { logitsProcessors: [() => undefined] }, { outputScores: true, minNewTokens: 9 }];

describe.each(devices)("guesses at tokens ahead on %s", (device) => {
  let model: T5Gemma2ForConditionalGeneration;
  let tokenizer: Tokenizer;
  let inputIds: number[][];

  beforeAll(async () => {
    tokenizer = await AutoTokenizer.fromPretrained("builtin:reader");
    inputIds = [tokenizer.encode("Say again: four hundred twenty-seven four hundred twenty-seven four hundred")];
    model = await T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { device, cache: false });
  });
  afterAll(() => model?.dispose());

  it("leave the answer as it is, and are counted, with promptLookupNumTokens", async () => {
    for (const way of device === "wasm" ? WAYS : WAYS.slice(0, 1)) {
      const plain = await model.generate({ inputIds, maxNewTokens: 16, ...way });
      const ahead = await model.generate({ inputIds, maxNewTokens: 16, promptLookupNumTokens: 4, ...way });
      expect(ahead.sequences).toEqual(plain.sequences);
      expect(ahead.stats.guessedTokens).toBeGreaterThan(0);
      expect(ahead.stats.acceptedTokens).toBeLessThanOrEqual(ahead.stats.guessedTokens!);
      expect(plain.stats).not.toHaveProperty("guessedTokens");
    }
  });

  it("go with a constraint", async () => {
    const given = { inputIds, tokenizer, constraint: { regex: /four (?:thirty|seven) t[a-f]\.?/ }, promptLookupNumTokens: 3 };
    let text = "";
    for await (const piece of model.stream(given)) text += piece.text;
    expect(text).toMatch(/^four (?:thirty|seven) t[a-f]\.?$/);
  });

  it("are for one row", async () => {
    await expect(model.generate({ inputIds, promptLookupNumTokens: 0 })).rejects.toThrow(/^promptLookupNumTokens: /);
    await expect(model.generate({ inputIds: [...inputIds, ...inputIds], promptLookupNumTokens: 2 })).rejects.toThrow(/^promptLookupNumTokens: takes one row/);
  });
});
