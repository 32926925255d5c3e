import { ConfigError, InputError, T5Gemma2Error } from "../errors.js";
import type { WasmPictures } from "../runtime/picture-glue.js";
import type { PictureModule } from "../runtime/load.js";
import type { LoadPictureOptions } from "./picture-download.js";
import type { PictureInput } from "./picture-input.js";
import { pictureName } from "./picture-name.js";
import { type LoadedPicture, loadPicture } from "./picture-source.js";
import { Tensor } from "./tensor.js";

/** What the Rust side reads of an image processor's configuration; the official processor ignores the rest as well. */
const KEYS = [
  "do_resize",
  "size",
  "resample",
  "do_rescale",
  "rescale_factor",
  "do_normalize",
  "image_mean",
  "image_std",
  "do_convert_rgb",
  "do_pan_and_scan",
  "pan_and_scan_min_crop_size",
  "pan_and_scan_max_num_crops",
  "pan_and_scan_min_ratio_to_activate",
] as const;

/** The processors that prepare pictures in this one way; older files name the fast one. */
const TYPES: readonly unknown[] = ["Gemma3ImageProcessor", "Gemma3ImageProcessorFast", "Gemma3ImageProcessorPil"];

/** Pictures as the vision tower takes them. */
export interface PreparedPictures {
  /** [pictures and their crops, 3, height, width]: each picture, then its crops. */
  pixelValues: Tensor<"float32">;
  /** How many crops each picture has beside the whole: 0 without pan and scan. */
  numCrops: number[];
}

/**
 * Decodes, resizes and normalises pictures, with the values that the official processor gives for the same files.
 *
 * @param config an image processor's configuration, as in its JSON file
 * @throws InputError or LoadError naming the picture; ConfigError for another kind of processor; the signal's reason once
 *   it is aborted
 */
export async function preparePictures(
  pictures: readonly PictureInput[],
  config: Readonly<Record<string, unknown>>,
  module: PictureModule,
  options: LoadPictureOptions = {},
): Promise<PreparedPictures> {
  const json = optionsJson(config);
  const done: WasmPictures[] = [];
  for await (const [index, loaded] of loadAll(pictures, options)) {
    try {
      done.push(process(module, loaded, json));
    } catch (error) {
      throw named(error, pictures, index);
    }
    checkSameSize(done, pictures);
  }
  return { pixelValues: stack(done), numCrops: done.map(({ dims }) => (dims[0] ?? 1) - 1) };
}

function optionsJson(config: Readonly<Record<string, unknown>>): string {
  const type = config["image_processor_type"];
  if (type !== undefined && type !== null && !TYPES.includes(type)) {
    throw new ConfigError(`image_processor_type: ${JSON.stringify(type)} is not implemented; only Gemma3ImageProcessor is`);
  }
  return JSON.stringify(Object.fromEntries(KEYS.filter((key) => key in config).map((key) => [key, config[key]])));
}

/** Loads all at once, and hands them out in order; the first failure gives up the others. */
async function* loadAll(pictures: readonly PictureInput[], options: LoadPictureOptions): AsyncGenerator<[number, LoadedPicture]> {
  const { signal } = options;
  signal?.throwIfAborted();
  const stop = new AbortController();
  const forward = (): void => stop.abort(signal?.reason);
  signal?.addEventListener("abort", forward, { once: true });
  try {
    const loading = pictures.map((picture) => loadPicture(picture, { ...options, signal: stop.signal }));
    // Each is awaited below or given up: none may be reported as unhandled.
    for (const one of loading) one.catch(() => {});
    for (const [index, one] of loading.entries()) {
      let loaded: LoadedPicture;
      try {
        loaded = await one;
      } catch (error) {
        throw named(error, pictures, index);
      }
      signal?.throwIfAborted();
      yield [index, loaded];
    }
  } finally {
    signal?.removeEventListener("abort", forward);
    stop.abort();
  }
}

function process(module: PictureModule, loaded: LoadedPicture, json: string): WasmPictures {
  if ("bytes" in loaded) return module.call((glue) => glue.processPicture(loaded.bytes, json));
  const { data, width, height, channels } = loaded.pixels;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return module.call((glue) => glue.processPixels(bytes, width, height, channels, json));
}

/** The error with "picture 2 of 3 (cat.png)" where it says "picture". */
function named(error: unknown, pictures: readonly PictureInput[], index: number): unknown {
  const prefix = "picture: ";
  if (!(error instanceof T5Gemma2Error) || !error.message.startsWith(prefix)) return error;
  const name = pictureName(pictures[index] as PictureInput);
  const which = pictures.length === 1 ? "picture" : `picture ${index + 1} of ${pictures.length}`;
  const message = `${which}${name === undefined ? "" : ` (${name})`}: ${error.message.slice(prefix.length)}`;
  const Class = error.constructor as new (message: string, options: object) => T5Gemma2Error;
  return new Class(message, { cause: error.cause, details: { ...error.details, picture: index } });
}

function checkSameSize(done: readonly WasmPictures[], pictures: readonly PictureInput[]): void {
  const [first, last] = [done[0]?.dims, done[done.length - 1]?.dims];
  if (first === undefined || last === undefined || (first[2] === last[2] && first[3] === last[3])) return;
  throw new InputError(
    `picture ${done.length} of ${pictures.length}: ${last[3]} x ${last[2]} pixels, but the first has ${first[3]} x ${first[2]}; ` +
      "without doResize all must be of one size",
  );
}

function stack(done: readonly WasmPictures[]): Tensor<"float32"> {
  const [, channels = 3, height = 0, width = 0] = done[0]?.dims ?? [];
  const count = done.reduce((sum, { dims }) => sum + (dims[0] ?? 0), 0);
  const dims = [count, channels, height, width];
  if (done.length === 1) return new Tensor("float32", (done[0] as WasmPictures).data, dims);
  const values = new Float32Array(count * channels * height * width);
  let position = 0;
  for (const { data } of done) {
    values.set(data, position);
    position += data.length;
  }
  return new Tensor("float32", values, dims);
}
