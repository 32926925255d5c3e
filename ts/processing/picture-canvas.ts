import { InputError } from "../errors.js";
import type { RawPicture } from "./picture-input.js";

/** What a browser can draw and give the pixels of. */
export type Drawable = ImageBitmap | HTMLCanvasElement | OffscreenCanvas;

/** The largest side of a canvas that every browser has. */
const MAX_SIDE = 16_384;

const TAGS = new Set(["[object ImageBitmap]", "[object HTMLCanvasElement]", "[object OffscreenCanvas]"]);

/** By its tag: the classes exist in browsers only, and elements may come from another frame. */
export function isDrawable(value: unknown): value is Drawable {
  return TAGS.has(Object.prototype.toString.call(value));
}

/**
 * The RGBA pixels of a bitmap or canvas, by way of a canvas of our own: theirs may be of WebGL.
 *
 * @throws InputError if it is empty, too large, was closed, or holds pixels of another origin
 */
export function drawnPixels(source: Drawable): RawPicture {
  const { width, height } = source;
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) {
    throw new InputError(`picture: a bitmap or canvas of ${width} x ${height} pixels; sides must be 1 to ${MAX_SIDE}`);
  }
  // Read back from memory, not from a GPU, which may round.
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true, colorSpace: "srgb" });
  if (context === null) throw new InputError("picture: this browser gives no 2d canvas for a bitmap; pass the file or its pixels");
  try {
    context.drawImage(source, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    return { data, width, height, channels: 4 };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`picture: the pixels of the bitmap or canvas cannot be read: ${reason}`, { cause });
  }
}
