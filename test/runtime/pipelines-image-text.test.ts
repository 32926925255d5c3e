import { type GeneratedText, type GeneratedTokenIds, type ImageTextInput, pipeline } from "t5gemma2";
import { describe, expect, it } from "vitest";
import { devices, readFixture } from "../support/files.ts";
import { pipelineCases } from "../support/pipeline-answers.ts";

type Picture = Uint8Array<ArrayBuffer>;

const pictures = new Map<string, Picture>(
  await Promise.all(["00", "01"].map(async (name) => [name, await readFixture(`models/reader/samples/${name}.png`)] as const)),
);

/** An input with pictures in place of their numbers. */
function withPictures(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withPictures);
  if (typeof value === "string") return pictures.get(value) ?? value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key === "picture" ? "image" : key, withPictures(item)]));
}

describe.each(devices)("on %s", (device) => {
  it("image-text-to-text answers as the oracle's, whatever the options", async () => {
    const { cases } = await pipelineCases("image-text-to-text");
    using read = await pipeline("image-text-to-text", "builtin:reader", { device, dtype: "f32" });
    const calls = cases.flatMap((each) => each.calls);
    for (const { input, options, output } of device === "webgpu" ? calls.slice(8, 9) : calls) {
      const answers: readonly (GeneratedText | GeneratedTokenIds)[] = await read(withPictures(input) as ImageTextInput, { maxNewTokens: 12, ...options } as object);
      const got = answers.map((answer) => ("generatedText" in answer ? answer.generatedText : answer.generatedTokenIds));
      expect(got, JSON.stringify([input, options])).toEqual(output);
    }
  });
});

describe("a pipeline's options", () => {
  const chat = [{ role: "user", content: "Write 427 in words." }];

  it("serve streams, too", async () => {
    using write = await pipeline("text2text-generation", "builtin:reader", { device: "wasm" });
    let text = "";
    const opened = [...chat, { role: "assistant", content: "four" }];
    for await (const token of write.stream(opened, { continueFinalMessage: false, chatTemplate: "{{ bos_token }}{{ messages[0].content }}" })) text += token.text;
    expect(text).not.toBe("");
    const [{ inputText }] = (await write(opened, { chatTemplate: "{{ bos_token }}{{ messages[0].content }}", continueFinalMessage: false })) as [GeneratedText];
    expect(inputText).toBe("<bos>Write 427 in words.");
  });

  it.each<[string, RegExp, unknown, object]>([
    ["messages for tools", /tools: has no effect without messages/, "Write 427", { tools: [] }],
    ["messages to go on with", /continueFinalMessage: has no effect without messages/, ["a", "b"], { continueFinalMessage: true }],
    ["known options", /unknown option "doPanAndScan"/, chat, { doPanAndScan: true }],
    ["known options of the processor", /processorKwargs: unknown option "panAndScan"/, chat, { processorKwargs: { panAndScan: true } }],
    ["conversations alike for offsets", /offsetMapping can't be had/, [chat, [...chat, { role: "assistant", content: "four" }]], { processorKwargs: { returnOffsetsMapping: true } }],
  ])("want %s", async (_, message, input, options) => {
    using write = await pipeline("text2text-generation", "builtin:reader", { device: "wasm" });
    await expect(write(input as string, options)).rejects.toMatchObject({ code: "InputError", message: expect.stringMatching(message) });
  });
});
