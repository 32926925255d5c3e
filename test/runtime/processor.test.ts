import { AutoProcessor, type ChatMessage, InputError, type Processor } from "t5gemma2";
import { beforeAll, describe, expect, it } from "vitest";
import { fixtureSource, fixtureUrl, readFixture, readFixtureJson } from "../support/files.ts";

interface ProcessCase {
  text: string | string[] | null;
  images: number[] | number[][] | null;
  options: Record<string, unknown>;
  inputIds?: number[][];
  attentionMask?: number[][];
  pictures?: number;
  error?: string;
}

interface ChatCase {
  messages: ChatMessage[];
  addGenerationPrompt: boolean;
  text?: string;
  ids?: number[];
}

const { processed, chats } = await readFixtureJson<{ processed: ProcessCase[]; chats: ChatCase[] }>("test/fixtures/tokenizer/reader.json");
interface CropCase {
  text: string[];
  sizes: [width: number, height: number][][];
  options: Record<string, unknown>;
  inputIds: number[][];
  pictures: number;
}

const { panAndScan } = await readFixtureJson<{ panAndScan: CropCase[] }>("test/unit/processing/fixtures/options.json");
const samplePath = (index: number): string => `models/reader/samples/${String(index).padStart(2, "0")}.png`;
const samples = await Promise.all(Array.from({ length: 8 }, (_, index) => readFixture(samplePath(index))));
const sample = (index: number): Uint8Array => samples[index] as Uint8Array;

const camel = (options: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).map(([key, value]) => [key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()), value]));
const isRagged = (rows: number[][] | undefined): boolean => rows?.some((row) => row.length !== rows[0]?.length) ?? false;

let processor: Processor;
beforeAll(async () => {
  processor = await AutoProcessor.fromPretrained(fixtureSource("models/reader"));
});

describe("the processor gives what the official one gives", () => {
  it.each(processed.map((item, index) => [index, JSON.stringify([item.text, item.images, item.options]).slice(0, 90), item] as const))(
    "%i %s",
    async (_, _name, { text, images, options, inputIds, attentionMask, pictures, error }) => {
      const run = processor.process({
        ...(text !== null && { text }),
        ...(images !== null && { images: images.map((item) => (Array.isArray(item) ? item.map(sample) : sample(item))) as Uint8Array[] }),
        ...camel(options),
      });
      // Rows that differ in length make no tensor: officially they stay lists.
      if (error !== undefined || isRagged(inputIds)) {
        await expect(run).rejects.toBeInstanceOf(InputError);
        return;
      }
      const output = await run;
      expect(output.inputIds.tolist()).toEqual(inputIds);
      expect(output.attentionMask?.tolist()).toEqual(attentionMask);
      expect(output.pixelValues?.dims ?? [0]).toEqual(pictures === 0 ? [0] : [pictures, 3, 84, 84]);
    },
  );

  const withIds = chats.filter(({ ids }) => ids !== undefined);
  it.each(withIds.map((item, index) => [index, item] as const))("chat %i", async (_, { messages, addGenerationPrompt, ids, text = "" }) => {
    const filled = messages.map((message) =>
      Array.isArray(message.content)
        ? { ...message, content: message.content.map((part) => (part.type === "image" ? { ...part, image: sample(0) } : part)) }
        : message,
    ) as ChatMessage[];
    const output = await processor.applyChatTemplate(filled, { tokenize: true, addGenerationPrompt });
    expect(output.inputIds.tolist()).toEqual([ids]);
    const pictures = text.split("<start_of_image>").length - 1;
    expect(output.pixelValues?.dims[0] ?? 0).toBe(pictures);
    expect(processor.applyChatTemplate(messages, { addGenerationPrompt })).toBe(text);
  });
});

describe("pictures", () => {
  it("are the same from bytes, a blob, an address and a message", async () => {
    const text = "<start_of_image>";
    const inputs = [sample(2), new Blob([sample(2) as BlobPart]), fixtureUrl(samplePath(2))];
    const outputs = await Promise.all(inputs.map((images) => processor.process({ text, images })));
    const messages = [{ role: "user", content: [{ type: "image", image: sample(2) }] }];
    outputs.push(await processor.applyChatTemplate(messages, { tokenize: true }));
    const values = await Promise.all(outputs.map((output) => output.pixelValues?.data()));
    expect(values[0]?.length).toBe(3 * 84 * 84);
    for (const value of values) expect(value).toEqual(values[0]);
  });

  it.each(panAndScan.map((item, index) => [index, item] as const))("get crops as officially when pan and scan is asked for: %i", async (_, item) => {
    const images = item.sizes.map((row) => row.map(([width, height]) => ({ data: new Uint8Array(width * height * 3), width, height, channels: 3 as const })));
    const output = await processor.process({ text: item.text, images, padding: true, ...item.options });
    expect(output.inputIds.tolist()).toEqual(item.inputIds);
    expect(output.pixelValues?.dims).toEqual([item.pictures, 3, 84, 84]);
  });

  it("keep their order over texts", async () => {
    const both = await processor.process({ text: ["<start_of_image>", "<start_of_image><start_of_image>"], images: [[sample(0)], [sample(1), sample(2)]], padding: true });
    const single = await Promise.all([0, 1, 2].map((index) => processor.process({ images: sample(index) })));
    const parts = await Promise.all(single.map((output) => output.pixelValues?.data()));
    expect(await both.pixelValues?.data()).toEqual(Float32Array.from(parts.flatMap((part) => [...(part as Float32Array)])));
  });

  it("follow the call's options", async () => {
    const text = "<start_of_image>";
    const plain = await processor.process({ text, images: sample(0), doNormalize: false });
    const usual = await processor.process({ text, images: sample(0) });
    const [a, b] = [await plain.pixelValues?.data(), await usual.pixelValues?.data()];
    a?.forEach((value, index) => expect(Math.abs((value - 0.5) / 0.5 - (b?.[index] as number))).toBeLessThan(1e-5));
    const nested = await processor.process({ text, images: sample(0), imagesKwargs: { doNormalize: false }, textKwargs: { addSpecialTokens: false } });
    expect(await nested.pixelValues?.data()).toEqual(a);
    expect(nested.inputIds.tolist()).toEqual([(usual.inputIds.tolist() as number[][])[0]?.slice(1)]);
  });

  it("tell which tokens stand for them", async () => {
    const { tokenTypeIds, inputIds } = await processor.process({ text: "<start_of_image>a", images: sample(0), returnMmTokenTypeIds: true });
    const [types, ids] = [tokenTypeIds?.tolist() as number[][], inputIds.tolist() as number[][]];
    expect(types[0]).toEqual(ids[0]?.map((id) => (id === processor.imageTokenId ? 1 : 0)));
    expect(types[0]?.reduce((a, b) => a + b)).toBe(processor.imageSeqLength);
  });

  it("are taken from beside the messages, too", async () => {
    const messages = [{ role: "user", content: [{ type: "image" }, { type: "text", text: "x" }] }];
    const output = await processor.applyChatTemplate(messages, { tokenize: true, images: sample(1) });
    expect(output.pixelValues?.dims).toEqual([1, 3, 84, 84]);
    await expect(processor.applyChatTemplate(messages, { tokenize: true })).rejects.toThrow(/1 x <start_of_image>, but 0 pictures/);
  });

  it("get no place from what people write, when that is sanitized", async () => {
    const messages = [{ role: "user", content: [{ type: "image", image: sample(1) }, { type: "text", text: "<start_of_image>" }] }];
    await expect(processor.applyChatTemplate(messages, { tokenize: true })).rejects.toThrow(/2 x <start_of_image>, but 1 pictures/);
    const output = await processor.applyChatTemplate(messages, { tokenize: true, sanitizeControlTokens: true });
    expect(output.pixelValues?.dims[0]).toBe(1);
    expect(processor.batchDecode(output.inputIds)[0]).toMatch(/<end_of_image>\n\n<start_of_image><end_of_turn>/);
  });
});

describe("the processor refuses", () => {
  const one = { text: "<start_of_image>" };
  it.each<[string, () => Promise<unknown>, RegExp]>([
    ["an unknown option", () => processor.process({ text: "x", doPad: true } as never), /unknown option "doPad"/],
    ["nothing", () => processor.process({}), /text or images are needed/],
    ["text that is none", () => processor.process({ text: ["a", 1] as never }), /text\[1\] must be a string, not number/],
    ["more places than pictures", () => processor.process({ text: ["a", "<start_of_image>"], images: [[], []], padding: true }), /text\[1\] has 1 x <start_of_image>, but 0 pictures/],
    ["more pictures than places", () => processor.process({ text: "a", images: sample(0) }), /the text has 0 x <start_of_image>, but 1 pictures/],
    ["pictures for other texts", () => processor.process({ text: ["<start_of_image>", "<start_of_image>"], images: [sample(0), sample(1)], padding: true }), /one array of pictures for each text/],
    ["rows and pictures mixed", () => processor.process({ ...one, images: [[sample(0)], sample(1)] as never }), /images\[1\] must be an array/],
    ["cut pictures", () => processor.process({ ...one, images: sample(0), maxLength: 6 }), /3 of 9 image tokens/],
    ["options for no pictures", () => processor.process({ text: "a", doResize: false }), /doResize has no effect without pictures/],
    ["an option given twice", () => processor.process({ text: "a", padding: true, textKwargs: { padding: true } }), /padding is given twice/],
    ["bytes that are no picture", () => processor.process({ ...one, images: Uint8Array.of(1, 2, 3) }), /./],
    ["a call that was ended", () => processor.process({ text: "a", signal: AbortSignal.abort(new InputError("ended")) }), /ended/],
  ])("%s", async (_, run, message) => {
    const error: unknown = await run().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(message);
  });
});
