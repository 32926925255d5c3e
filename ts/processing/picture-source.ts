import { InputError, LoadError } from "../errors.js";
import { baseAddress } from "../hub/host.js";
import { describe } from "../options.js";
import { drawnPixels, isDrawable } from "./picture-canvas.js";
import { downloadPicture, type LoadPictureOptions, tooLarge } from "./picture-download.js";
import type { PictureInput, RawPicture } from "./picture-input.js";

/** A picture ready for the decoder: a file's bytes, or pixels. */
export type LoadedPicture = { readonly bytes: Uint8Array } | { readonly pixels: RawPicture };

const MAX_BYTES = 256 * 2 ** 20;

const TAKEN =
  "a Blob or File, an ArrayBuffer or Uint8Array, an http(s), data or blob address, a path (Node, Deno), ImageData, an ImageBitmap, " +
  "a canvas, or { data, width, height, channels }";

/**
 * Fetches or reads what a picture input stands for; decodes nothing.
 *
 * @throws InputError if the input is nothing that can be a picture, or larger than allowed; LoadError if it can't be read;
 *   the signal's reason once it is aborted
 */
export async function loadPicture(input: PictureInput, options: LoadPictureOptions = {}): Promise<LoadedPicture> {
  const { signal, maxBytes = MAX_BYTES } = options;
  signal?.throwIfAborted();
  const value: unknown = input;
  if (typeof value === "string") return { bytes: await fromText(value, maxBytes, options) };
  if (value instanceof URL) return { bytes: await fromUrl(value, maxBytes, options) };
  if (value instanceof Uint8Array) return { bytes: checkSize(value, maxBytes) };
  if (isBuffer(value)) return { bytes: checkSize(new Uint8Array(value), maxBytes) };
  if (value instanceof Blob) {
    checkSize({ length: value.size }, maxBytes);
    return { bytes: await readBlob(value, signal) };
  }
  if (isDrawable(value)) return { pixels: drawnPixels(value) };
  if (isPixels(value)) return { pixels: checkPixels(value) };
  throw new InputError(`picture: cannot be ${describe(value)}; pass ${TAKEN}`);
}

async function fromText(text: string, maxBytes: number, options: LoadPictureOptions): Promise<Uint8Array> {
  if (/^(https?|data|blob|file):/i.test(text)) return fromUrl(parseUrl(text), maxBytes, options);
  if (hasFiles()) return readFile(text, maxBytes, options.signal);
  return fromUrl(parseUrl(text, baseAddress()), maxBytes, options);
}

async function fromUrl(url: URL, maxBytes: number, options: LoadPictureOptions): Promise<Uint8Array> {
  switch (url.protocol) {
    case "http:":
    case "https:":
    case "blob:":
      return downloadPicture(url, maxBytes, options);
    case "data:":
      return checkSize(dataUrlBytes(url.href), maxBytes);
    case "file:":
      if (hasFiles()) return readFile(url, maxBytes, options.signal);
      throw new InputError(`picture: a browser cannot read ${url.href}; pass the File`);
    default:
      throw new InputError(`picture: addresses with ${url.protocol} are not supported; pass ${TAKEN}`);
  }
}

function parseUrl(text: string, base?: string): URL {
  try {
    return new URL(text, base);
  } catch (cause) {
    throw new InputError(`picture: ${JSON.stringify(text.slice(0, 100))} is not an address`, { cause });
  }
}

/** The bytes of a data URL, decoded here because a page's policy may forbid fetching one. */
function dataUrlBytes(href: string): Uint8Array {
  const comma = href.indexOf(",");
  if (comma < 0) throw new InputError("picture: the data URL has no comma before its data");
  const body = href.slice(comma + 1).replace(/#.*$/s, "");
  const text = body.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  try {
    const binary = /;\s*base64\s*$/i.test(href.slice(0, comma)) ? atob(text) : text;
    return Uint8Array.from(binary, (char) => char.charCodeAt(0));
  } catch (cause) {
    throw new InputError("picture: the data URL's data is not base64", { cause });
  }
}

async function readBlob(blob: Blob, signal: AbortSignal | undefined): Promise<Uint8Array> {
  try {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    signal?.throwIfAborted();
    return bytes;
  } catch (cause) {
    signal?.throwIfAborted();
    throw new LoadError("picture: the file cannot be read; if it changed, choose it again", { cause });
  }
}

/** Whether this is Node or Deno; a page with a `process` shim has a document. */
function hasFiles(): boolean {
  const versions = (globalThis as { process?: { versions?: { node?: string } } }).process?.versions;
  return "Deno" in globalThis || (versions?.node !== undefined && !("document" in globalThis));
}

async function readFile(path: string | URL, maxBytes: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const fs = process.getBuiltinModule("node:fs/promises");
  try {
    const { size } = await fs.stat(path);
    checkSize({ length: size }, maxBytes);
    const bytes = await fs.readFile(path, signal === undefined ? {} : { signal });
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof InputError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LoadError(`picture: ${reason}`, { cause, details: { file: String(path) } });
  }
}

function isBuffer(value: unknown): value is ArrayBuffer {
  // By its tag, so that buffers of other realms (frames, vm contexts) are known, too.
  const tag = Object.prototype.toString.call(value);
  return tag === "[object ArrayBuffer]" || tag === "[object SharedArrayBuffer]";
}

function checkSize<T extends { readonly length: number }>(bytes: T, maxBytes: number): T {
  if (bytes.length > maxBytes) throw tooLarge(bytes.length, maxBytes);
  return bytes;
}

function isPixels(value: unknown): value is Partial<RawPicture> {
  return typeof value === "object" && value !== null && "data" in value && "width" in value && "height" in value;
}

function checkPixels({ data, width, height, channels }: Partial<RawPicture>): RawPicture {
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) {
    throw new InputError(`picture: pixels must be a Uint8Array or Uint8ClampedArray, not ${describe(data)}`);
  }
  for (const [name, side] of Object.entries({ width, height })) {
    if (typeof side !== "number" || !Number.isSafeInteger(side) || side < 1 || side >= 2 ** 31) {
      throw new InputError(`picture: ${name} must be a number of pixels, not ${String(side)}`);
    }
  }
  // ImageData has no field for its channels.
  const known = channels ?? (data instanceof Uint8ClampedArray ? 4 : undefined);
  if (known !== 1 && known !== 3 && known !== 4) {
    throw new InputError(`picture: channels must be 1 (grey), 3 (RGB) or 4 (RGBA), not ${String(channels)}`);
  }
  return { data, width: width as number, height: height as number, channels: known };
}
