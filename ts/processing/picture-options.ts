import { InputError } from "../errors.js";
import { checkOptions } from "../options.js";

/** How pictures are prepared, where a call wants it otherwise than the checkpoint's configuration. */
export interface PictureOptions {
  /** Whether pictures are converted to RGB. */
  doConvertRgb?: boolean;
  /** Whether pictures are resized to `size`. */
  doResize?: boolean;
  /** In pixels. */
  size?: { height: number; width: number };
  /** The filter for resizing, by Pillow's numbers: 0 nearest, 1 Lanczos, 2 bilinear, 3 bicubic, 4 box, 5 Hamming. */
  resample?: number;
  /** Whether values are multiplied by `rescaleFactor`. */
  doRescale?: boolean;
  /** Usually 1 / 255. */
  rescaleFactor?: number;
  /** Whether `imageMean` is subtracted and the rest divided by `imageStd`. */
  doNormalize?: boolean;
  /** One number for all channels, or one each. */
  imageMean?: number | readonly number[];
  /** One number for all channels, or one each. */
  imageStd?: number | readonly number[];
  /** Crops of long pictures beside the whole. Not implemented yet: `true` throws. */
  doPanAndScan?: boolean;
}

/** {@link PictureOptions} and the names that the configuration has for them. */
const CONFIG_KEYS = {
  doConvertRgb: "do_convert_rgb",
  doResize: "do_resize",
  size: "size",
  resample: "resample",
  doRescale: "do_rescale",
  rescaleFactor: "rescale_factor",
  doNormalize: "do_normalize",
  imageMean: "image_mean",
  imageStd: "image_std",
  doPanAndScan: "do_pan_and_scan",
} as const satisfies Record<keyof PictureOptions, string>;

/** Every key of {@link PictureOptions}. */
export const PICTURE_OPTIONS = Object.keys(CONFIG_KEYS) as (keyof PictureOptions)[];

/**
 * The configuration with a call's options in place of its own.
 *
 * @param config an image processor's configuration, as in its JSON file
 * @throws InputError for an unknown option, and for pan and scan
 */
export function overridePictureConfig(config: Readonly<Record<string, unknown>>, options: PictureOptions): Record<string, unknown> {
  checkOptions("imagesKwargs", options, PICTURE_OPTIONS);
  const merged: Record<string, unknown> = { ...config };
  for (const key of PICTURE_OPTIONS) {
    if (options[key] !== undefined) merged[CONFIG_KEYS[key]] = options[key];
  }
  if (merged["do_pan_and_scan"] === true) throw new InputError("doPanAndScan: pan and scan is not implemented yet");
  return merged;
}
