/** How pictures are prepared, where a call wants it otherwise than the checkpoint's configuration. */
export interface PictureOptions {
  /** Whether pictures are converted to RGB. */
  doConvertRgb?: boolean;
  /** Whether pictures are resized to `size`. */
  doResize?: boolean;
  /** In pixels; one number for both sides. */
  size?: number | { height: number; width: number };
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
  /** Whether pictures far from square get crops beside the whole, each with tokens of its own. @default false */
  doPanAndScan?: boolean;
  /** Pixels that a crop has at least on each side. @default 256 */
  panAndScanMinCropSize?: number;
  /** Crops that a picture has at most. @default 4 */
  panAndScanMaxNumCrops?: number;
  /** How many times longer than wide a picture must be for crops. @default 1.2 */
  panAndScanMinRatioToActivate?: number;
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
  panAndScanMinCropSize: "pan_and_scan_min_crop_size",
  panAndScanMaxNumCrops: "pan_and_scan_max_num_crops",
  panAndScanMinRatioToActivate: "pan_and_scan_min_ratio_to_activate",
} as const satisfies Record<keyof PictureOptions, string>;

/** What the official processor asks of its image processor, whatever that one's own configuration says. */
const PROCESSOR_DEFAULTS = {
  do_convert_rgb: true,
  do_pan_and_scan: false,
  pan_and_scan_min_crop_size: 256,
  pan_and_scan_max_num_crops: 4,
  pan_and_scan_min_ratio_to_activate: 1.2,
} as const;

/** Every key of {@link PictureOptions}. */
export const PICTURE_OPTIONS = Object.keys(CONFIG_KEYS) as (keyof PictureOptions)[];

/**
 * The configuration with a call's options in place of its own.
 *
 * @param config an image processor's configuration, as in its JSON file
 */
export function overridePictureConfig(config: Readonly<Record<string, unknown>>, options: PictureOptions): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...config, ...PROCESSOR_DEFAULTS };
  for (const key of PICTURE_OPTIONS) {
    if (options[key] !== undefined) merged[CONFIG_KEYS[key]] = options[key];
  }
  const { size } = options;
  if (typeof size === "number") merged["size"] = { height: size, width: size };
  return merged;
}
