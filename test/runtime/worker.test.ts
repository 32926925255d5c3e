import { createWorker, type ModelWorker } from "t5gemma2/worker";
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
