import { describe, expect, it } from "vitest";
import { ConfigError, DeviceError, InputError } from "../../../ts/errors.js";
import type { PictureInput } from "../../../ts/processing/picture-input.js";
import { preparePictures } from "../../../ts/processing/pictures.js";
import type { WasmPictures } from "../../../ts/runtime/picture-glue.js";
import type { PictureModule } from "../../../ts/runtime/load.js";

interface Call {
  readonly bytes: number[];
  readonly shape?: number[];
  readonly options: Record<string, unknown>;
}

/** The decoder's place, taken by one that says what it was given: "pictures" are their count, height, width and a value. */
function decoder(fail?: (bytes: Uint8Array) => Error | undefined): { module: PictureModule; calls: Call[] } {
  const calls: Call[] = [];
  const answer = (bytes: Uint8Array): WasmPictures => {
    const error = fail?.(bytes);
    if (error !== undefined) throw error;
    const [count = 1, height = 1, width = 1, value = 0] = bytes;
    return { data: new Float32Array(count * 3 * height * width).fill(value), dims: Uint32Array.of(count, 3, height, width) };
  };
  const glue = {
    processPicture(bytes: Uint8Array, json: string) {
      calls.push({ bytes: [...bytes], options: JSON.parse(json) as Record<string, unknown> });
      return answer(bytes);
    },
    processPixels(bytes: Uint8Array, width: number, height: number, channels: number, json: string) {
      calls.push({ bytes: [...bytes], shape: [width, height, channels], options: JSON.parse(json) as Record<string, unknown> });
      return answer(bytes);
    },
  };
  return { module: { call: (work: (g: typeof glue) => unknown) => work(glue) } as unknown as PictureModule, calls };
}

const CONFIG = { image_processor_type: "Gemma3ImageProcessor", size: { height: 2, width: 3 }, resample: 2, image_mean: [0.5, 0.5, 0.5] };

async function failure(run: Promise<unknown>): Promise<InputError> {
  return run.then(
    () => expect.unreachable("it succeeded"),
    (error: unknown) => error as InputError,
  );
}

describe("prepared pictures", () => {
  it("are stacked in order", async () => {
    const { module, calls } = decoder();
    const slow = (async (url: URL) => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      return new Response(Uint8Array.of(1, 2, 3, url.pathname.length));
    }) as typeof fetch;
    const { pixelValues: tensor } = await preparePictures(["http://a/long-name", Uint8Array.of(1, 2, 3, 7)], CONFIG, module, { fetch: slow });
    expect(tensor.dims).toEqual([2, 3, 2, 3]);
    expect([...new Set(await tensor.data())]).toEqual([10, 7]);
    expect(calls.map(({ bytes }) => bytes[3])).toEqual([10, 7]);
    expect(calls[0]?.options).toEqual({ size: { height: 2, width: 3 }, resample: 2, image_mean: [0.5, 0.5, 0.5] });
  });

  it("may be raw pixels", async () => {
    const { module, calls } = decoder();
    const data = new Uint8ClampedArray([9, 1, 2, 3, 4, 9]).subarray(1, 5);
    await preparePictures([{ data, width: 2, height: 2, channels: 1 }], CONFIG, module);
    expect(calls).toMatchObject([{ bytes: [1, 2, 3, 4], shape: [2, 2, 1] }]);
  });

  it("come with their crops", async () => {
    const { module } = decoder();
    const { pixelValues, numCrops } = await preparePictures([Uint8Array.of(3, 1, 1, 1), Uint8Array.of(1, 1, 1, 2)], CONFIG, module);
    expect(pixelValues.dims).toEqual([4, 3, 1, 1]);
    expect(numCrops).toEqual([2, 0]);
  });

  it("may be none", async () => {
    const { module } = decoder();
    expect((await preparePictures([], CONFIG, module)).pixelValues.dims).toEqual([0, 3, 0, 0]);
  });
});

describe("a picture that fails", () => {
  const bad = decoder((bytes) => (bytes[0] === 0 ? new InputError("picture: the PNG file is truncated") : undefined));

  it("is named by number and source", async () => {
    const one = await failure(preparePictures([Uint8Array.of(0)], CONFIG, bad.module));
    expect(one).toBeInstanceOf(InputError);
    expect(one.message).toBe("picture: the PNG file is truncated");
    const pictures = [Uint8Array.of(1), new File([Uint8Array.of(0)], "cat.png"), Uint8Array.of(1)];
    const second = await failure(preparePictures(pictures, CONFIG, bad.module));
    expect(second.message).toBe("picture 2 of 3 (cat.png): the PNG file is truncated");
    expect(second.details).toMatchObject({ picture: 1 });
    const third = await failure(preparePictures([Uint8Array.of(1), "data:,%01", 5 as unknown as PictureInput], CONFIG, bad.module));
    expect(third.message).toMatch(/^picture 3 of 3: cannot be number/);
  });

  it("stops the downloads of the others", async () => {
    const signals: (AbortSignal | null | undefined)[] = [];
    const never = ((_: URL, init?: RequestInit) => {
      signals.push(init?.signal);
      return new Promise((_, reject) => init?.signal?.addEventListener("abort", () => reject(init.signal?.reason as Error)));
    }) as typeof fetch;
    const error = await failure(preparePictures([Uint8Array.of(0), "http://a/b"], CONFIG, bad.module, { fetch: never }));
    expect(error.message).toMatch(/^picture 1 of 2: /);
    expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
  });

  it("must not be of another size without resizing", async () => {
    const { module } = decoder();
    const error = await failure(preparePictures([Uint8Array.of(1, 2, 3), Uint8Array.of(1, 3, 2)], { do_resize: false }, module));
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toMatch(/picture 2 of 2: 2 x 3 pixels, but the first has 3 x 2/);
  });

  it("leaves errors that are not about a picture as they are", async () => {
    const gone = new DeviceError("the computation failed");
    const { module } = decoder(() => gone);
    expect(await failure(preparePictures([Uint8Array.of(1)], CONFIG, module))).toBe(gone);
  });
});

it("another kind of processor is refused", async () => {
  const { module } = decoder();
  const error = await failure(preparePictures([], { image_processor_type: "CLIPImageProcessor" }, module));
  expect(error).toBeInstanceOf(ConfigError);
  expect(error.message).toMatch(/CLIPImageProcessor/);
});

it("an aborted call throws its reason", async () => {
  const { module, calls } = decoder();
  const reason = new Error("enough");
  expect(await failure(preparePictures([Uint8Array.of(1)], CONFIG, module, { signal: AbortSignal.abort(reason) }))).toBe(reason);
  const controller = new AbortController();
  const never = ((_: URL, init?: RequestInit) =>
    new Promise((_, reject) => init?.signal?.addEventListener("abort", () => reject(init.signal?.reason as Error)))) as typeof fetch;
  const run = failure(preparePictures(["http://a/b"], CONFIG, module, { fetch: never, signal: controller.signal }));
  controller.abort(reason);
  expect(await run).toBe(reason);
  expect(calls).toEqual([]);
});
