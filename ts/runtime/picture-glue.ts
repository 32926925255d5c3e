/** What the bindings of the binary that decodes pictures export, as this package uses them. */
import type { WasmBindings } from "./glue.js";

/** Prepared pictures: dims [pictures and crops, channels, height, width]. */
export interface WasmPictures {
  readonly data: Float32Array;
  readonly dims: Uint32Array;
}

/** `optionsJson` is that of the Rust image options. */
export interface PictureGlue extends WasmBindings {
  /** Decodes a PNG, JPEG, WebP or GIF, resizes and normalises it. */
  processPicture(bytes: Uint8Array, optionsJson: string): WasmPictures;
  /** The same for pixels of 1, 3 or 4 channels, rows from the top. */
  processPixels(data: Uint8Array, width: number, height: number, channels: number, optionsJson: string): WasmPictures;
  /** [width, height] of a file's picture when upright, from its headers. */
  pictureSize(bytes: Uint8Array): Uint32Array;
}
