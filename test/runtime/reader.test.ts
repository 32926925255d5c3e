import { type ImageTextToTextPipeline, pipeline } from "t5gemma2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { devices, readFixture, readFixtureJson } from "../support/files.ts";

interface Case {
  question: string;
  /** A path inside the checkpoint's folder. */
  image: string | null;
  prompt: string;
  input_ids: number[];
  output_ids: number[];
  output_text: string;
}

describe.each(devices)("the built-in checkpoint on %s", (device) => {
  let reader: ImageTextToTextPipeline;
  let cases: Case[];
  const pictures = new Map<string, Uint8Array<ArrayBuffer>>();

  beforeAll(async () => {
    ({ cases } = await readFixtureJson<{ cases: Case[] }>("models/reader/expected.json"));
    for (const { image } of cases) if (image !== null && !pictures.has(image)) pictures.set(image, await readFixture(`models/reader/${image}`));
    reader = await pipeline("image-text-to-text", "builtin:reader", { device });
  });
  afterAll(() => reader?.dispose());

  const messages = ({ question, image }: Case) => [
    {
      role: "user",
      content: [...(image === null ? [] : [{ type: "image", image: pictures.get(image)! }]), { type: "text", text: question }],
    },
  ];

  /** A software adapter takes half a second a token: there every picture answers one of its questions, each question in turn. */
  const asked = () => (device === "wasm" ? cases : cases.filter((_, index) => index % 3 === Math.floor(index / 3) % 3));

  it("gives the expected answers, token for token", async () => {
    expect([reader.device, reader.dtype]).toEqual([device, "bf16"]);
    expect(new Set(asked().map(({ image }) => image))).toEqual(new Set(cases.map(({ image }) => image)));
    for (const sample of asked()) {
      const inputs = await reader.processor.applyChatTemplate(messages(sample), { addGenerationPrompt: true, tokenize: true });
      expect(inputs.inputIds.tolist(), sample.question).toEqual([sample.input_ids]);
      const { sequences, finishReasons } = await reader.model.generate({ ...inputs });
      expect(sequences, `${sample.image}: ${sample.question}`).toEqual([sample.output_ids]);
      expect(finishReasons).toEqual(["stop"]);
    }
  });

  it("answers a batch of text and pictures as it answers one by one", async () => {
    const some = [0, 1, 2, 40, 41].map((index) => cases[index]!);
    const answers = await reader(some.map(messages));
    expect(answers).toEqual(some.map(({ prompt, output_text }) => ({ inputText: prompt, generatedText: output_text })));
  });

  it("streams the same text, a token at a time", async () => {
    const sample = cases[2]!;
    const tokens: number[] = [];
    let text = "";
    for await (const { tokenId, text: more } of reader.stream(messages(sample))) {
      tokens.push(tokenId);
      text += more;
    }
    expect([2, ...tokens]).toEqual(sample.output_ids);
    expect(text).toBe(sample.output_text);
  });

  it("takes a raw prompt with its picture", async () => {
    const [image] = [pictures.get("samples/00.png")!];
    const { prompt, output_text } = cases[0]!;
    // The prompt begins with the token that the tokenizer puts there.
    const text = prompt.replace(/^<bos>/, "");
    expect(await reader({ images: image, text })).toEqual([{ inputText: text, generatedText: output_text }]);
  });
});
