import { pipeline, type TextClassificationPipeline, type TokenClassificationPipeline } from "t5gemma2";
import { describe, expect, it } from "vitest";
import { assembled } from "../support/assembled.ts";
import { devices } from "../support/files.ts";
import { expectAnswers, pipelineCases } from "../support/pipeline-answers.ts";

type Classifier = TextClassificationPipeline | TokenClassificationPipeline;
type AnyCall = (input: unknown, options: object) => Promise<unknown>;

describe.each(devices)("on %s", (device) => {
  it.each(["text-classification", "token-classification"] as const)("%s answers as the oracle's", async (task) => {
    const { cases } = await pipelineCases(task);
    for (const { checkpoint, config = {}, modelMaxLength, calls } of device === "webgpu" ? cases.slice(0, 1) : cases) {
      using classifier: Classifier = await pipeline(task, await assembled(checkpoint, { config, withTokenizer: true }), { device, dtype: "f32" });
      if (modelMaxLength !== undefined) classifier.tokenizer.modelMaxLength = modelMaxLength;
      for (const { input, options, output, error } of device === "webgpu" ? calls.slice(0, 3) : calls) {
        const name = `${checkpoint} ${JSON.stringify([config, input, options])}`;
        const answer = (classifier as unknown as AnyCall)(input, options);
        if (error === undefined) {
          // The oracle puts a list around a single text that comes in words.
          const isOneInWords = options["isSplitIntoWords"] === true && typeof input[0] === "string";
          expectAnswers(await answer, isOneInWords ? (output as unknown[])[0] : output, device, name);
        } else {
          await expect(answer, name).rejects.toMatchObject({ code: "InputError" });
        }
      }
    }
  });
});

const load = {
  texts: async () => pipeline("sentiment-analysis", await assembled("single-label", { withTokenizer: true }), { device: "wasm" }),
  tokens: async () => pipeline("ner", await assembled("tokens", { withTokenizer: true }), { device: "wasm" }),
};

describe("text-classification", () => {
  it("says what it works with, and no more after dispose", async () => {
    const classifier = await load.texts();
    expect({ ...classifier }).toMatchObject({ task: "text-classification", device: "wasm", dtype: "bf16" });
    classifier.dispose();
    classifier.dispose();
    await expect(classifier("one")).rejects.toMatchObject({ code: "InputError", message: expect.stringContaining("disposed") });
  });

  it("gives the same answers whatever is computed at once", async () => {
    using classifier = await load.texts();
    const texts = ["one two", "six", "two one", "four hundred", "red words", "nine"];
    const [whole, single] = [await classifier(texts, { topK: 2 }), await classifier(texts, { topK: 2, batchSize: 1 })];
    expect(whole.map((labels) => labels.map(({ label }) => label))).toEqual(single.map((labels) => labels.map(({ label }) => label)));
    whole.flat().forEach(({ score }, index) => expect(score).toBeCloseTo(single.flat()[index]!.score, 5));
    for (const [index, text] of texts.entries()) expect((await classifier(text))[0]!.label).toBe(whole[index]![0]!.label);
  });

  it("stops when told to", async () => {
    using classifier = await load.texts();
    const reason = new Error("enough");
    await expect(classifier("one", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const abort = new AbortController();
    const answer = classifier(["one", "two three", "six seven eight"], { signal: abort.signal });
    queueMicrotask(() => abort.abort(reason));
    await expect(answer).rejects.toBe(reason);
  });

  it.each<[string, RegExp, unknown, object]>([
    ["known options", /unknown option "top_k"; did you mean "topK"/, "one", { top_k: 2 }],
    ["no streamer", /unknown option "streamer"/, "one", { streamer: {} }],
    ["labels to return", /topK: must be a whole number from 1/, "one", { topK: 0 }],
    ["a batch", /batchSize: must be a whole number from 1/, "one", { batchSize: 0 }],
    ["texts", /input\[1\] must be text or \{ text, textPair \}, not number/, ["one", 2], {}],
    ["known parts", /unknown option "pair"/, { text: "one", pair: "two" }, {}],
    ["a text of a pair", /text of the input must be a string, not undefined/, { textPair: "two" }, {}],
    ["any text", /at least one text/, [], {}],
    ["a length", /maxLength must be an integer from 1/, "one", { maxLength: 0 }],
  ])("wants %s", async (_, message, input, options) => {
    using classifier = await load.texts();
    await expect((classifier as unknown as AnyCall)(input, options)).rejects.toMatchObject({ code: "InputError", message: expect.stringMatching(message) });
  });

  it("says so when the checkpoint has no such head", async () => {
    await expect(pipeline("text-classification", "builtin:reader", { device: "wasm" })).rejects.toMatchObject({
      code: "LoadError",
      message: expect.stringContaining("T5Gemma2ForConditionalGeneration, not T5Gemma2ForSequenceClassification"),
    });
  });
});

describe("token-classification", () => {
  it("says where in the text each token is", async () => {
    using tagger = await load.tokens();
    const text = "two 😀 hundred";
    const entities = await tagger(text, { ignoreLabels: [] });
    expect(entities.filter(({ word }) => word.startsWith("▁h")).map(({ start, end }) => text.slice(start, end))).toEqual([" hundred"]);
    expect(entities.map(({ word, start, end }) => word === text.slice(start, end).replaceAll(" ", "▁") || word.startsWith("<0x"))).not.toContain(false);
  });

  it.each<[string, RegExp, unknown, object]>([
    ["known options", /unknown option "aggregation_strategy"; did you mean/, "one", { aggregation_strategy: "simple" }],
    ["labels to leave out", /ignoreLabels: must be an array of labels/, "one", { ignoreLabels: "O" }],
    ["a whole stride", /stride: must be a whole number from 0/, "one", { stride: 0.5, aggregationStrategy: "simple" }],
    ["texts", /input\[0\] must be a string, not number/, [1], {}],
    ["words", /must be an array of words/, "one", { isSplitIntoWords: true }],
    ["words that are text", /input\[0\]\[1\] must be a string, not null/, [["one", null]], { isSplitIntoWords: true }],
    ["a delimiter of words", /delimiter: has no effect/, "one", { delimiter: "" }],
    ["any text", /at least one text/, [], {}],
  ])("wants %s", async (_, message, input, options) => {
    using tagger = await load.tokens();
    await expect((tagger as unknown as AnyCall)(input, options)).rejects.toMatchObject({ code: "InputError", message: expect.stringMatching(message) });
  });
});
