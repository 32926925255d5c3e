import { createWorker, GenerationConfig, Tensor, type ModelWorker } from "t5gemma2/worker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { devices, readFixture, readFixtureJson } from "../support/files.ts";

interface Case {
  question: string;
  image: string | null;
  prompt: string;
  input_ids: number[];
  output_ids: number[];
  output_text: string;
}

describe("a worker", () => {
  let cases: Case[];
  let worker: ModelWorker;

  beforeAll(async () => {
    ({ cases } = await readFixtureJson<{ cases: Case[] }>("models/reader/expected.json"));
    worker = createWorker();
  });
  afterAll(() => worker?.terminate());

  it.each(devices)("reads a picture on %s, and streams the answer", async (device) => {
    const statuses = new Set<string>();
    const reader = await worker.pipeline("image-text-to-text", "builtin:reader", { device, onProgress: ({ status }) => statuses.add(status) });
    expect([reader.device, reader.dtype, reader.task]).toEqual([device, "bf16", "image-text-to-text"]);
    expect(statuses).toContain("ready");
    const { question, image, prompt, output_text } = cases[0]!;
    const picture = new Blob([await readFixture(`models/reader/${image}`)]);
    const messages = [{ role: "user", content: [{ type: "image", image: picture }, { type: "text", text: question }] }];
    expect(await reader(messages)).toEqual([{ inputText: prompt, generatedText: output_text }]);
    let text = "";
    for await (const token of reader.stream(messages)) text += token.text;
    expect(text).toBe(output_text);
    reader.dispose();
    await expect(reader(messages)).rejects.toMatchObject({ code: "InputError" });
  });

  it("has the model's calls", async () => {
    const model = await worker.T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { device: "wasm" });
    expect(model.config.decoder.slidingWindow).toBe(8);
    const { input_ids, output_ids } = cases.find(({ image }) => image === null)!;
    const inputIds = new Tensor("int32", input_ids, [1, input_ids.length]);
    const put: number[] = [];
    const result = await model.generate({ inputIds, streamer: { put: ([row]) => void put.push(...row!), end: () => undefined } });
    expect(result).toMatchObject({ sequences: [output_ids], finishReasons: ["stop"], stats: { device: "wasm" } });
    expect(put).toEqual(output_ids);
    const encoderOutputs = await model.encode({ inputIds });
    expect((await model.generate({ encoderOutputs, maxNewTokens: 2 })).sequences).toEqual([output_ids.slice(0, 3)]);
    const { logits, encoderLastHiddenState } = await model.forward({ encoderOutputs, decoderInputIds: [[2]] });
    expect(logits.dims).toEqual([1, 1, 576]);
    expect(await (await encoderOutputs.lastHiddenState()).data()).toEqual(await encoderLastHiddenState.data());
    encoderOutputs.dispose();
    const seen: number[] = [2];
    for await (const { tokenId } of model.stream({ inputIds })) {
      seen.push(tokenId);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(output_ids.slice(0, 3));
    model.dispose();
  });

  it("takes a GenerationConfig, searches, draws and reports scores", async () => {
    const model = await worker.T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { device: "wasm" });
    const inputs = { inputIds: [cases[0]!.input_ids.filter((id) => id < 256)] };
    const config = new GenerationConfig({ maxNewTokens: 4, outputScores: true, returnDictInGenerate: true, eosTokenId: 575 });
    const greedy = await model.generate({ ...inputs, generationConfig: config });
    expect(greedy.sequences[0]).toHaveLength(5);
    expect(greedy.scores?.map(({ dims }) => dims)).toEqual(Array(4).fill([1, 576]));
    const [scores] = await model.computeTransitionScores({ sequences: greedy.sequences, scores: greedy.scores!, normalizeLogits: true });
    expect(scores).toHaveLength(4);
    expect(scores!.every((score) => score <= 0)).toBe(true);
    const draw = (seed: number) => model.generate({ ...inputs, generationConfig: config, doSample: true, temperature: 3, seed });
    expect((await draw(1)).sequences).toEqual((await draw(1)).sequences);
    const beams = await model.generate({ ...inputs, maxNewTokens: 4, numBeams: 2, numReturnSequences: 2 });
    expect([beams.sequences.length, beams.sequencesScores?.length]).toEqual([2, 2]);
    model.dispose();
  });

  it("rebuilds errors, and hears an abort", async () => {
    const model = await worker.AutoModelForSeq2SeqLM.fromPretrained("builtin:reader", { device: "wasm" });
    await expect(model.generate({ inputIds: [[2, 900]] })).rejects.toMatchObject({ code: "InputError", name: "InputError", message: expect.stringMatching(/inputIds\[0\]\[1\]/) });
    await expect(model.generate({ inputIds: [[2]], logitsProcessors: [() => 0] } as object)).rejects.toMatchObject({ code: "InputError", message: expect.stringContaining("logitsProcessors") });
    const reason = new Error("mine");
    await expect(model.generate({ inputIds: [[2]], signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const abort = new AbortController();
    const { input_ids } = cases[0]!;
    const long = { inputIds: [input_ids], eosTokenId: null, maxNewTokens: 100_000, signal: abort.signal };
    const streamer = { put: () => abort.abort(), end: () => undefined };
    const result = await model.generate({ ...long, streamer });
    expect(result.finishReasons).toEqual(["abort"]);
    await expect(worker.pipeline("image-text-to-text", "builtin:nothing", { device: "wasm" })).rejects.toMatchObject({ code: "InputError" });
  });

  it("leaves nothing pending when it ends", async () => {
    const own = createWorker();
    const model = await own.T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { device: "wasm" });
    const pending = model.generate({ inputIds: [cases[0]!.input_ids], eosTokenId: null, maxNewTokens: 100_000 });
    setTimeout(() => own.terminate(), 50);
    await expect(pending).rejects.toMatchObject({ code: "DeviceError" });
    await expect(model.encode({ inputIds: [[2]] })).rejects.toMatchObject({ code: "DeviceError" });
    await expect(own.pipeline("text2text-generation", "builtin:reader")).rejects.toMatchObject({ code: "DeviceError" });
  });
});
