import { AutoProcessor, type ChatMessage, type DecodeOptions, type Processor, type ProcessInput } from "t5gemma2";
import { beforeAll, describe, expect, it } from "vitest";
import { fixtureSource, readFixture, readFixtureJson } from "../support/files.ts";
import { readTensors } from "../support/safetensors.ts";

interface ProcessedCase {
  name: string;
  text: string[];
  /** Files of test/fixtures/pictures, by prompt. */
  files: string[][] | null;
  options: Omit<ProcessInput, "text" | "images">;
  out: Record<string, unknown>;
}

interface SeenCase {
  messages: ChatMessage[] | ChatMessage[][];
  options: { padding?: boolean; returnOffsetsMapping?: boolean };
  out: { inputIds: number[][]; attentionMask: number[][]; assistantMasks: number[][] };
}

interface Fixture {
  processed: ProcessedCase[];
  seen: SeenCase[];
  masks: { template: string }[];
  said: { sequences: number[] | number[][]; options: DecodeOptions; out: string | string[] }[];
}

const folder = "test/fixtures/processing";
const { processed, seen, masks, said } = await readFixtureJson<Fixture>(`${folder}/expected.json`);
const tensors = readTensors(await readFixture(`${folder}/expected.safetensors`));
const names = [...new Set(processed.flatMap(({ files }) => files?.flat() ?? []))];
const pictures = new Map(await Promise.all(names.map(async (name) => [name, await readFixture(`test/fixtures/pictures/${name}`)] as const)));
const picture = (name: string): Uint8Array => pictures.get(name) as Uint8Array;

let processor: Processor;
beforeAll(async () => {
  processor = await AutoProcessor.fromPretrained(fixtureSource("models/reader"));
});

describe("a call's options do what they do officially", () => {
  it.each(processed.map((item) => [item.name, item] as const))("%s", async (name, { text, files, options, out }) => {
    const images = files?.map((row) => row.map(picture));
    const { pixelValues, ...rest } = await processor.process({ text, ...(images && { images }), ...options });
    expect(Object.fromEntries(Object.entries(rest).map(([key, tensor]) => [key, tensor.tolist()]))).toEqual(out);
    const want = tensors.get(`${name}.pixel_values`);
    expect(pixelValues?.dims).toEqual(want?.dims);
    const [values, wanted] = [await pixelValues?.data(), await want?.data()];
    wanted?.forEach((number, index) => {
      const difference = Math.abs((values?.[index] as number) - number);
      if (!(difference <= 1e-6 * Math.max(1, Math.abs(number)))) expect.fail(`value ${index} is ${values?.[index]}, not ${number}`);
    });
  });

  it("pictures in messages, and what the assistant said about them", async () => {
    const sample = await readFixture("models/reader/samples/00.png");
    const filled = (chat: ChatMessage[]): ChatMessage[] =>
      chat.map((message) => (Array.isArray(message.content) ? { ...message, content: message.content.map((part) => (part.type === "image" ? { ...part, image: sample } : part)) } : message));
    const isBatch = (messages: SeenCase["messages"]): messages is ChatMessage[][] => Array.isArray(messages[0]);
    for (const { messages, options, out } of seen) {
      const { inputIds, attentionMask, assistantMasks, offsetMapping, pixelValues } = await processor.applyChatTemplate(
        isBatch(messages) ? messages.map(filled) : filled(messages),
        { ...options, tokenize: true, chatTemplate: masks[0]?.template as string, returnAssistantTokensMask: true },
      );
      expect({ inputIds: inputIds.tolist(), attentionMask: attentionMask?.tolist(), assistantMasks: assistantMasks?.tolist() }).toEqual(out);
      expect(offsetMapping !== undefined).toBe(options.returnOffsetsMapping ?? false);
      const places = JSON.stringify(messages).split('"image"').length - 1;
      expect(pixelValues?.dims[0] ?? 0).toBe(places);
    }
  });

  it("texts of what was generated", () => {
    for (const { sequences, options, out } of said) {
      // A single sequence officially has no list around its text.
      expect(processor.postProcessImageTextToText(sequences as number[][], options), JSON.stringify(options)).toEqual([out].flat());
    }
  });
});
