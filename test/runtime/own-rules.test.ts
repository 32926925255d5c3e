import { AutoTokenizer, pipeline, T5Gemma2ForConditionalGeneration, TextStreamer, type Tokenizer } from "t5gemma2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFixtureJson } from "../support/files.ts";
import { sourceOf } from "../support/generations.ts";

const inputIds = [[2, 17, 40, 9, 33, 5, 101, 64], [2, 3, 4, 5, 6, 7, 8, 9]];

describe.each(["wasm", "webgpu"] as const)("own rules on %s", (device) => {
  let model: T5Gemma2ForConditionalGeneration;

  beforeAll(async () => {
    model = await T5Gemma2ForConditionalGeneration.fromPretrained(sourceOf("generation"), { device, cache: false });
  });
  afterAll(() => model?.dispose());

  it("processes scores as the built-in option does, greedily, drawing and with beams", async () => {
    const tokens = [3, 50, 57];
    const suppress = (_: number[][], scores: readonly Float32Array[]): void => scores.forEach((row) => tokens.forEach((id) => (row[id] = -Infinity)));
    for (const way of [{}, { doSample: true, seed: 5, topK: 9 }, { numBeams: 3 }]) {
      const options = { inputIds, maxNewTokens: 5, ...way };
      const [own, builtIn] = [await model.generate({ ...options, logitsProcessors: [suppress] }), await model.generate({ ...options, suppressTokens: tokens })];
      expect(own.sequences, JSON.stringify(way)).toEqual(builtIn.sequences);
    }
  });

  it("hands processors each row so far, and takes a token that they force", async () => {
    const seen: number[][][] = [];
    const force = (ids: number[][], scores: readonly Float32Array[]): Float32Array[] => {
      seen.push(ids);
      return scores.map((row, index) => row.map((_, id) => (id === 10 + index ? 0 : -Infinity)));
    };
    const { sequences } = await model.generate({ inputIds, maxNewTokens: 3, logitsProcessors: [force], decoderInputIds: [[5, 44], [5, 45]] });
    expect(sequences).toEqual([[5, 44, 10, 10, 10], [5, 45, 11, 11, 11]]);
    expect(seen).toEqual([[[5, 44], [5, 45]], [[5, 44, 10], [5, 45, 11]], [[5, 44, 10, 10], [5, 45, 11, 11]]]);
  });

  it("ends rows by a criterion, which sees the new token and the scores", async () => {
    const plain = await model.generate({ inputIds, maxNewTokens: 4 });
    const stop = plain.sequences[0]![2];
    const scoresSeen: (number | undefined)[] = [];
    const { sequences, finishReasons } = await model.generate({
      inputIds,
      maxNewTokens: 4,
      outputScores: true,
      stoppingCriteria: [async (rows, scores) => (scoresSeen.push(scores?.length), rows.map((row) => row.at(-1) === stop))],
    });
    expect([sequences[0]!.slice(0, 3), finishReasons[0]]).toEqual([plain.sequences[0]!.slice(0, 3), "stop"]);
    expect(scoresSeen.slice(0, 2)).toEqual([1, 2]);
  });
});

describe("stopping and streaming", () => {
  let model: T5Gemma2ForConditionalGeneration;
  let tokenizer: Tokenizer;
  let prompt: number[];
  let answer: string;

  beforeAll(async () => {
    model = await T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { device: "wasm" });
    tokenizer = await AutoTokenizer.fromPretrained("builtin:reader");
    const { cases } = await readFixtureJson<{ cases: { name: string; inputs: { input_ids: number[][] }; options: object; decoded: string[] }[] }>("test/fixtures/outputs/generate.json");
    const plain = cases.find(({ name }) => name === "reader-plain")!;
    // The longest answer of those.
    const longest = plain.decoded.indexOf([...plain.decoded].sort((a, b) => b.length - a.length)[0]!);
    prompt = plain.inputs.input_ids[longest]!.filter((id) => id !== 0);
    const { sequences } = await model.generate({ inputIds: [prompt], maxNewTokens: 20 });
    answer = tokenizer.decode(sequences[0]!, { skipSpecialTokens: true });
  });
  afterAll(() => model?.dispose());

  it("streams text up to a stop string, and nothing of it", async () => {
    expect(answer.length).toBeGreaterThan(8);
    for (const stopString of [answer.slice(3, 7), answer.slice(5, 6), answer.slice(-2)]) {
      const wanted = answer.slice(0, answer.indexOf(stopString));
      const pieces: string[] = [];
      for await (const { text } of model.stream({ inputIds: [prompt], maxNewTokens: 20, stopStrings: stopString, tokenizer })) pieces.push(text);
      expect(pieces.join(""), stopString).toBe(wanted);
      let [streamed, ends] = ["", 0];
      const options = { onText: (text: string) => void (streamed += text), onEnd: () => void ends++, skipPrompt: true, skipSpecialTokens: true, stopStrings: stopString };
      const { finishReasons, sequences } = await model.generate({ inputIds: [prompt], maxNewTokens: 20, stopStrings: [stopString], tokenizer, streamer: new TextStreamer(tokenizer, options) });
      expect([streamed, ends, finishReasons]).toEqual([wanted, 1, ["stop"]]);
      expect(tokenizer.decode(sequences[0]!, { skipSpecialTokens: true })).toContain(stopString);
    }
  });

  it("streams the whole text, prompt and special tokens included, if nothing is to be left out", async () => {
    let streamed = "";
    const streamer = new TextStreamer(tokenizer, { onText: async (text) => void (streamed += text) });
    const { sequences } = await model.generate({ inputIds: [prompt], maxNewTokens: 20, streamer });
    expect(streamed).toBe(tokenizer.decode(sequences[0]!));
    await expect(model.generate({ inputIds: [prompt, prompt], streamer })).rejects.toThrow(/^TextStreamer: takes one row/);
    await expect(model.generate({ inputIds: [prompt], numBeams: 2, streamer })).rejects.toThrow(/^streamer: /);
    await expect(model.stream({ inputIds: [prompt], numBeams: 2 }).next()).rejects.toThrow(/^stream: /);
    await expect(model.generate({ inputIds: [prompt], stopStrings: "a" })).rejects.toThrow(/^stopStrings: need the tokenizer/);
  });

  it("stops at the limit of time, with what there is", async () => {
    const wait = (): Promise<boolean> => new Promise((resolve) => setTimeout(() => resolve(false), 60));
    for (const numBeams of [1, 2]) {
      const { finishReasons, sequences } = await model.generate({ inputIds: [prompt], minNewTokens: 20, maxNewTokens: 20, numBeams, maxTime: 0.1, stoppingCriteria: [wait] });
      expect(finishReasons).toEqual(["time"]);
      expect(sequences[0]!.length).toBeGreaterThan(1);
      expect(sequences[0]!.length).toBeLessThan(12);
    }
  });

  it("gives what a beam search has found when it is told to stop", async () => {
    const abort = new AbortController();
    let steps = 0;
    const { finishReasons, sequences } = await model.generate({
      inputIds: [prompt],
      minNewTokens: 20,
      maxNewTokens: 20,
      numBeams: 3,
      numReturnSequences: 2,
      signal: abort.signal,
      stoppingCriteria: [() => (++steps === 4 && abort.abort(), false)],
    });
    expect(finishReasons).toEqual(["abort", "abort"]);
    expect(sequences.map((row) => row.length)).toEqual([5, 5]);
  });

  it("passes the caller's own errors on", async () => {
    const mine = new Error("mine");
    const fail = (): never => {
      throw mine;
    };
    await expect(model.generate({ inputIds: [prompt], logitsProcessors: [fail] })).rejects.toBe(mine);
    await expect(model.generate({ inputIds: [prompt], stoppingCriteria: [fail] })).rejects.toBe(mine);
    expect(tokenizer.decode((await model.generate({ inputIds: [prompt], maxNewTokens: 20 })).sequences[0]!, { skipSpecialTokens: true })).toBe(answer);
  });

  it("keeps generations of all kinds apart that are under way at once", async () => {
    const ways = [{}, { numBeams: 3 }, { doSample: true, seed: 3 }, { repetitionPenalty: 1.5 }, { useCache: false }];
    const start = (way: object): Promise<number[][]> => model.generate({ inputIds: [prompt], maxNewTokens: 8, ...way }).then(({ sequences }) => sequences);
    const together = await Promise.all(ways.map(start));
    for (const [index, way] of ways.entries()) expect(together[index], JSON.stringify(way)).toEqual(await start(way));
  });

  it("knows stop strings in pipelines by itself, and gives several answers an input", async () => {
    using reader = await pipeline("text2text-generation", "builtin:reader", { device: "wasm" });
    const text = tokenizer.decode(prompt, { skipSpecialTokens: true });
    const [plain] = await reader(text);
    const stop = plain!.generatedText.slice(2, 4);
    const [stopped] = await reader(text, { stopStrings: [stop] });
    expect(stopped!.generatedText.length).toBeLessThan(plain!.generatedText.length);
    expect(stopped!.generatedText).toContain(stop);
    const several = await reader([text, text], { numBeams: 3, numReturnSequences: 2 });
    expect(several.map(({ generatedText }) => generatedText).slice(0, 2)).toEqual(several.slice(2).map(({ generatedText }) => generatedText));
    expect(several[0]!.generatedText).not.toBe(several[1]!.generatedText);
  });
});
