import { AutoProcessor, InputError, type Processor } from "t5gemma2";
import { beforeAll, describe, expect, it } from "vitest";
import { fixtureSource, readFixture, readFixtureJson, runtime } from "../support/files.ts";

interface PictureCase {
  kind: "resized" | "values" | "raw" | "crops";
  name: string;
  file?: string;
  channels?: 1 | 3 | 4;
  width?: number;
  height?: number;
  options: Record<string, unknown>;
}

const folder = "test/fixtures/pictures";
const { files, cases } = await readFixtureJson<{ files: string[]; cases: PictureCase[] }>(`${folder}/cases.json`);
const expected = readBytes(await readFixture(`${folder}/expected.safetensors`));

/** Shapes and little-endian bytes of a safetensors file's tensors, whatever their type. */
function readBytes(file: Uint8Array<ArrayBuffer>): Map<string, { shape: number[]; bytes: Uint8Array<ArrayBuffer> }> {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))) as Record<string, { shape: number[]; data_offsets: [number, number] }>;
  return new Map(
    Object.entries(header).map(([name, { shape, data_offsets: [begin, end] }]) => [name, { shape, bytes: file.slice(8 + length + begin, 8 + length + end) }]),
  );
}

/** As scripts/fixtures/pictures.py makes them. */
function rawPixels(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => Number((BigInt(index) * 2654435761n) >> 16n & 255n));
}

const camel = (options: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).map(([key, value]) => [key.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()), value]));
const read = (file: string): Promise<Uint8Array<ArrayBuffer>> => readFixture(`${folder}/${file}`);
const asBytes = { doRescale: false, doNormalize: false };

let processor: Processor;
beforeAll(async () => {
  processor = await AutoProcessor.fromPretrained(fixtureSource("models/reader"));
});

/** The picture's values in rows of pixels, and its shape: [height, width, 3]. */
async function pixels(images: unknown, options: Record<string, unknown>): Promise<{ shape: number[]; bytes: Uint8Array }> {
  const { pixelValues } = await processor.process({ images: images as never, ...options });
  const [count, channels, height = 0, width = 0] = pixelValues?.dims ?? [];
  expect([count, channels]).toEqual([1, 3]);
  const values = (await pixelValues?.data()) as Float32Array;
  const plane = height * width;
  const bytes = Uint8Array.from({ length: values.length }, (_, index) => values[(index % 3) * plane + Math.floor(index / 3)] as number);
  return { shape: [height, width, 3], bytes };
}

describe("pictures are the official processor's, to the bit", () => {
  it("as decoded, of every kind of file", async () => {
    let compared = 0;
    for (const file of files) {
      const want = expected.get(`decoded/${file}`);
      if (want === undefined) continue;
      expect(await pixels(await read(file), { ...asBytes, doResize: false }), file).toEqual(want);
      compared++;
    }
    expect(compared).toBeGreaterThan(70);
  });

  it.each(cases.filter(({ kind }) => kind === "resized" || kind === "raw").map((item) => [item.name, item] as const))(
    "resized: %s",
    async (name, { file, channels = 3, width = 0, height = 0, options }) => {
      const images = file === undefined ? { data: rawPixels(width * height * channels), width, height, channels } : await read(file);
      expect(await pixels(images, { resample: 2, ...camel(options), ...asBytes })).toEqual(expected.get(`resized/${name}`));
    },
  );

  it.each(cases.filter(({ kind }) => kind === "values").map((item) => [item.name, item] as const))("values: %s", async (name, { file, options }) => {
    const { pixelValues } = await processor.process({ images: await read(file ?? ""), ...camel(options) });
    const want = expected.get(`values/${name}`);
    expect(pixelValues?.dims).toEqual([1, ...(want?.shape ?? [])]);
    const numbers = new Float32Array((want?.bytes as Uint8Array<ArrayBuffer>).buffer);
    const values = (await pixelValues?.data()) as Float32Array;
    numbers.forEach((number, index) => expect(Math.abs((values[index] as number) - number)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(number))));
  });
});

describe.runIf(runtime === "browser")("a browser's own pictures", () => {
  it("give the pixels of the file they came from", async () => {
    const bytes = await read("rgb8.png");
    const want = await pixels(bytes, { ...asBytes, doResize: false });
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
    context.drawImage(bitmap, 0, 0);
    const element = document.createElement("canvas");
    [element.width, element.height] = [bitmap.width, bitmap.height];
    element.getContext("2d")?.drawImage(bitmap, 0, 0);
    const data = context.getImageData(0, 0, bitmap.width, bitmap.height);
    for (const images of [bitmap, canvas, element, data]) {
      expect(await pixels(images, { ...asBytes, doResize: false })).toEqual(want);
    }
    bitmap.close();
    await expect(processor.process({ images: bitmap })).rejects.toThrow(/bitmap or canvas of 0 x 0 pixels/);
  });
});

describe("a picture is refused", () => {
  it.each<[string, () => Promise<Uint8Array>, RegExp]>([
    ["of another format", async () => new TextEncoder().encode("<svg/>"), /picture 2 of 2: the bytes are no PNG, JPEG, WebP or GIF file/],
    ["without bytes", async () => new Uint8Array(), /picture 2 of 2: it has no bytes/],
    ["cut short: PNG", async () => (await read("rgb8.png")).subarray(0, 900), /picture 2 of 2: the PNG file is/],
    ["cut short: JPEG", async () => (await read("jpeg-420.jpg")).subarray(0, 900), /picture 2 of 2: the JPEG file is truncated/],
    ["cut short: WebP", async () => (await read("lossy.webp")).subarray(0, 300), /picture 2 of 2: the WebP file is/],
    ["cut short: GIF", async () => (await read("plain.gif")).subarray(0, 900), /picture 2 of 2: the GIF file is truncated/],
    [
      "that claims to be huge",
      async () => {
        const bytes = await read("plain.gif");
        bytes.set([0xff, 0xff, 0xff, 0xff], 6);
        return bytes;
      },
      /picture 2 of 2: the GIF file is too large: 65535 x 65535 pixels, of 100000000 at most/,
    ],
  ])("%s", async (_, bytes, message) => {
    const run = processor.process({ images: [await read("rgb8.png"), await bytes()] });
    await expect(run).rejects.toBeInstanceOf(InputError);
    await expect(run).rejects.toThrow(message);
  });

  it("for an option out of range", async () => {
    const images = await read("rgb8.png");
    await expect(processor.process({ images, resample: 9 })).rejects.toThrow(/resample: 9 is none of 0 nearest/);
    await expect(processor.process({ images, imageStd: [1, 0, 1] })).rejects.toThrow(/image_std: it is zero/);
    await expect(processor.process({ images, size: { height: 0, width: 2 } })).rejects.toThrow(/size: 0 x 2/);
  });
});
