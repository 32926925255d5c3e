/** Pixels that need no decoding: rows from the top, interleaved channels of 8 bits. */
export interface RawPicture {
  data: Uint8Array | Uint8ClampedArray;
  /** Pixels. */
  width: number;
  /** Pixels. */
  height: number;
  /** Grey, RGB or RGBA. */
  channels: 1 | 3 | 4;
}

/**
 * A picture: an encoded file, where one is (an address, a path in Node and Deno, a data URL), or its pixels.
 *
 * As officially, transparency is dropped from files, and pixels with alpha are laid on white.
 */
export type PictureInput =
  | Blob
  | ArrayBuffer
  | Uint8Array
  | URL
  | string
  | ImageData
  | ImageBitmap
  | HTMLCanvasElement
  | OffscreenCanvas
  | RawPicture;
