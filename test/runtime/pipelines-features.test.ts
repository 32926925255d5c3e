import { pipeline, poolStates } from "t5gemma2";
import { describe, expect, it } from "vitest";
import { distance, TOLERANCE } from "../support/answers.ts";
import { devices, readFixture } from "../support/files.ts";
import { pipelineCases } from "../support/pipeline-answers.ts";

describe.each(devices)("on %s", (device) => {
  it("feature-extraction gives the oracle's vectors", async () => {
    const { cases, answers } = await pipelineCases("feature-extraction");
    using extract = await pipeline("feature-extraction", "builtin:reader", { device, dtype: "f32" });
    const calls = cases.flatMap((each) => each.calls);
    for (const { input, options, output } of device === "webgpu" ? calls.slice(0, 1) : calls) {
      for (const [key, wanted] of Object.entries(output as Record<string, unknown>)) {
        if (device === "webgpu" && key !== "mean_normalized") continue;
        const [pooling, norm] = key.split("_") as ["none" | "mean" | "last", string | undefined];
        const vectors = await extract(input, { ...options, pooling, normalize: norm !== undefined });
        expect(await distance(vectors, answers.tensor(wanted)), `${JSON.stringify(input)} ${key}`).toBeLessThanOrEqual(TOLERANCE[device]);
      }
    }
  });
});

describe("feature-extraction", () => {
  it("loads no weight of the decoder", async () => {
    using extract = await pipeline("feature-extraction", "builtin:reader", { device: "wasm" });
    using whole = await pipeline("text2text-generation", "builtin:reader", { device: "wasm" });
    expect(extract.model.weightBytes).toBeLessThan(whole.model.weightBytes * 0.6);
    expect({ ...extract }).toMatchObject({ task: "feature-extraction", device: "wasm", dtype: "bf16" });
  });

  it("gives a vector a token unless told otherwise, and the same in whatever company", async () => {
    using extract = await pipeline("feature-extraction", "builtin:reader", { device: "wasm" });
    expect((await extract("six")).dims).toEqual([1, 2, 128]);
    const texts = ["six", "one two", "red", "two hundred and ten"];
    const together = (await extract(texts, { pooling: "mean", batchSize: 3 })).tolist() as number[][];
    for (const [index, text] of texts.entries()) {
      const [alone] = (await extract(text, { pooling: "mean" })).tolist() as number[][];
      together[index]!.forEach((value, at) => expect(value).toBeCloseTo(alone![at]!, 4));
    }
  });

  it("reads pictures among texts, as the encoder does", async () => {
    using extract = await pipeline("feature-extraction", "builtin:reader", { device: "wasm" });
    const [first, second] = await Promise.all(["00", "01"].map((name) => readFixture(`models/reader/samples/${name}.png`)));
    const prompts = [{ text: "<start_of_image> reads", images: first! }, "no picture", { text: "<start_of_image> reads", images: [second!] }];
    const together = (await extract(prompts, { pooling: "mean" })).tolist() as number[][];
    for (const [index, prompt] of prompts.entries()) {
      const { text, images } = typeof prompt === "string" ? { text: prompt } : prompt;
      const inputs = await extract.processor.process({ text, ...(images && { images }) });
      const { lastHiddenState } = await extract.model.forward(inputs);
      const [wanted] = poolStates(lastHiddenState, "mean").tolist() as number[][];
      together[index]!.forEach((value, at) => expect(value).toBeCloseTo(wanted![at]!, 4));
    }
    const apart = together[0]!.reduce((most, value, at) => Math.max(most, Math.abs(value - together[2]![at]!)), 0);
    expect(apart).toBeGreaterThan(0.1);
  });

  it("stops when told to", async () => {
    using extract = await pipeline("feature-extraction", "builtin:reader", { device: "wasm" });
    const reason = new Error("enough");
    await expect(extract("one", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it.each<[string, RegExp, unknown, object]>([
    ["known options", /unknown option "pool"/, "one", { pool: "mean" }],
    ["a way to pool", /pooling: "max" is not one of none, mean, last/, "one", { pooling: "max" }],
    ["a yes or no", /normalize: must be true or false, not number/, "one", { normalize: 1 }],
    ["texts", /text of input\[1\] must be a string, not undefined/, ["one", {}], {}],
    ["known parts", /unknown option "picture"/, { text: "one", picture: "a.png" }, {}],
    ["as many pictures as places", /picture/, { text: "one", images: new Uint8Array(8) }, {}],
    ["any text", /must hold at least one text/, [], {}],
    ["text", /the input must be text or \{ images, text \}, not null/, null, {}],
  ])("wants %s", async (_, message, input, options) => {
    using extract = await pipeline("feature-extraction", "builtin:reader", { device: "wasm" });
    await expect(extract(input as string, options)).rejects.toMatchObject({ code: "InputError", message: expect.stringMatching(message) });
  });
});
