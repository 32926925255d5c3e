import { AutoTokenizer, type GenerateOptions, T5Gemma2ForConditionalGeneration, type Tokenizer } from "t5gemma2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { devices, fixtureSource } from "../support/files.ts";
import { readGenerations, sourceOf } from "../support/generations.ts";

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

  it("leave the answer as it is, and are counted, with assistantModel", async () => {
    using assistantModel = await T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { device, dtype: "q4", cache: false });
    for (const way of device === "wasm" ? WAYS : WAYS.slice(0, 1)) {
      const plain = await model.generate({ inputIds, maxNewTokens: 16, ...way });
      const ahead = await model.generate({ inputIds, maxNewTokens: 16, assistantModel, numAssistantTokens: 3, ...way });
      expect(ahead.sequences).toEqual(plain.sequences);
      expect(ahead.stats.acceptedTokens).toBeGreaterThan(0);
      expect(ahead.stats.acceptedTokens).toBeLessThanOrEqual(ahead.stats.guessedTokens!);
    }
  });

  it("are for one row", async () => {
    await expect(model.generate({ inputIds, promptLookupNumTokens: 0 })).rejects.toThrow(/^promptLookupNumTokens: /);
    await expect(model.generate({ inputIds: [...inputIds, ...inputIds], promptLookupNumTokens: 2 })).rejects.toThrow(/^promptLookupNumTokens: takes one row/);
  });
});

describe("an assistant", () => {
  let model: T5Gemma2ForConditionalGeneration;
  let other: T5Gemma2ForConditionalGeneration;
  const given = { inputIds: [[2, 186, 172, 139, 36, 197, 172, 196]], maxNewTokens: 21 };

  beforeAll(async () => {
    const load = (name: string) => T5Gemma2ForConditionalGeneration.fromPretrained(fixtureSource(`test/fixtures/checkpoints/${name}`), { device: "wasm", cache: false });
    [model, other] = [await load("grouped"), await load("lopsided")];
  });
  afterAll(() => [model, other].forEach((each) => each?.dispose()));

  it("leaves the oracle's answers as they are", async () => {
    const { cases } = await readGenerations("generate-assisted");
    expect(cases.length).toBeGreaterThanOrEqual(8);
    for (const { name, assistant, inputs, options, sequences } of cases) {
      using drafter = await T5Gemma2ForConditionalGeneration.fromPretrained(sourceOf(assistant!), { device: "wasm", cache: false });
      const { stats, ...result } = await model.generate({ ...inputs, ...options, assistantModel: drafter });
      expect(result.sequences, name).toEqual(sequences);
      expect(stats.guessedTokens, name).toBeGreaterThan(0);
    }
  });

  it("drafts as its options, and those of its generationConfig, say", async () => {
    const counts = async (options: GenerateOptions) => {
      const { stats: { guessedTokens, acceptedTokens } } = await model.generate({ ...given, ...options });
      return [guessedTokens, acceptedTokens];
    };
    const sure = { assistantModel: model, assistantConfidenceThreshold: 0 };
    expect(await counts({ ...sure, numAssistantTokens: 3 })).toEqual([15, 15]);
    expect(await counts({ ...sure, numAssistantTokens: 2, numAssistantTokensSchedule: "heuristic_transient" })).toEqual([17, 17]);
    expect(await counts({ ...sure, numAssistantTokens: 2, numAssistantTokensSchedule: "heuristic" })).toEqual([17, 17]);
    // Drafts have become 10 tokens long, and go on from there.
    expect(await counts({ ...sure, numAssistantTokensSchedule: "heuristic" })).toEqual([19, 19]);
    expect(await counts(sure), "20 of them by default").toEqual([20, 20]);
    const [unsure] = await counts({ assistantModel: model, assistantConfidenceThreshold: 1 });
    expect(unsure, "one at a time").toBeLessThanOrEqual(11);
  });

  it("reads the input with its own encoder, wherever that comes from", async () => {
    const plain = await model.generate(given);
    using encoderOutputs = await model.encode({ inputIds: given.inputIds });
    for (const input of [given, { encoderOutputs, maxNewTokens: 21 }]) {
      const { sequences, stats } = await model.generate({ ...input, assistantModel: other, assistantConfidenceThreshold: 0, numAssistantTokensSchedule: "heuristic" });
      expect(sequences).toEqual(plain.sequences);
      expect(stats.guessedTokens).toBeGreaterThan(stats.acceptedTokens!);
    }
    const lastHiddenState = await encoderOutputs.lastHiddenState();
    await expect(model.generate({ encoderOutputs: { lastHiddenState }, assistantModel: other })).rejects.toThrow(/^assistantModel: reads the input with its own encoder/);
    expect((await model.generate({ encoderOutputs: { lastHiddenState }, maxNewTokens: 21, assistantModel: model })).sequences).toEqual(plain.sequences);
  });

  it("that can't help is refused before anything is computed", async () => {
    using small = await T5Gemma2ForConditionalGeneration.fromPretrained(fixtureSource("test/fixtures/checkpoints/odd-sizes"), { device: "wasm", cache: false });
    const gone = await T5Gemma2ForConditionalGeneration.fromPretrained(fixtureSource("test/fixtures/checkpoints/lopsided"), { device: "wasm", cache: false });
    gone.dispose();
    const encoderOutputs = await model.encode({ inputIds: given.inputIds });
    encoderOutputs.dispose();
    const refused = (options: object) => expect(model.generate({ encoderOutputs, ...options } as GenerateOptions));
    await refused({ assistantModel: "grouped" }).rejects.toThrow(/^assistantModel: must be a loaded/);
    await refused({ assistantModel: small }).rejects.toThrow(/^assistantModel: has a vocabulary of 209 tokens, not 208/);
    await refused({ assistantModel: gone }).rejects.toThrow(/^assistantModel: was disposed/);
    await refused({ assistantModel: other, numBeams: 2 }).rejects.toThrow(/^assistantModel: can't be used with numBeams/);
    await refused({ assistantModel: other, doSample: true, numReturnSequences: 2 }).rejects.toThrow(/^assistantModel: can't be used with numReturnSequences/);
    await refused({ assistantModel: other, useCache: false }).rejects.toThrow(/^assistantModel: needs useCache/);
    await refused({ assistantModel: other, promptLookupNumTokens: 2 }).rejects.toThrow(/^promptLookupNumTokens: can't be used with assistantModel/);
    await refused({ assistantModel: other, numAssistantTokens: 0 }).rejects.toThrow(/^numAssistantTokens: must be at least 1/);
    await refused({ assistantModel: other, assistantConfidenceThreshold: 2 }).rejects.toThrow(/^assistantConfidenceThreshold: must be from 0 to 1/);
    await refused({ assistantModel: other, numAssistantTokensSchedule: "rising" }).rejects.toThrow(/^numAssistantTokensSchedule: /);
    await expect(model.generate({ ...given, inputIds: [[2, 5], [2, 6]], assistantModel: other })).rejects.toThrow(/^assistantModel: takes one row, not 2/);
    await expect(model.generate({ ...given, assistantEarlyExit: 1 } as GenerateOptions)).rejects.toThrow(/^assistantEarlyExit: transformers fails/);
    const { warnings } = await model.generate({ ...given, numAssistantTokens: 4 });
    expect(warnings).toEqual(["numAssistantTokens: has an effect only with assistantModel"]);
  });
});
