import { ConfigError, InputError } from "../errors.js";
import { describe } from "../options.js";
import { unmarked } from "./control-tokens.js";
import { Tensor } from "./tensor.js";
import type { PictureInput } from "./picture-input.js";

/** Pictures as they may be passed: one, those of one text, or those of each text. */
export type PicturesInput = PictureInput | readonly PictureInput[] | readonly (readonly PictureInput[])[];

/** The tokens that pictures have in text. */
export interface ImageTokens {
  /** Stands in prompts where a picture goes: `<start_of_image>`. */
  boi: string;
  /** Stands in the model's input for a part of a picture: `<image_soft_token>`. */
  image: string;
  /** The id of `image`. */
  imageId: number;
  /** What each `boi` of a prompt becomes. */
  sequence: string;
}

/**
 * Puts together what a picture becomes in text.
 *
 * @throws ConfigError if the tokenizer lacks one of the tokens
 */
export function readImageTokens(
  tokens: Readonly<Record<string, string>>,
  idOf: (name: string) => number | undefined,
  imageSeqLength: number,
): ImageTokens {
  const { boi_token: boi, eoi_token: eoi, image_token: image } = tokens;
  const imageId = idOf("image_token");
  if (boi === undefined || eoi === undefined || image === undefined || imageId === undefined) {
    const missing = ["boi_token", "eoi_token", "image_token"].filter((name) => tokens[name] === undefined);
    throw new ConfigError(`tokenizer_config.json: a processor of pictures needs ${missing.join(", ")}`);
  }
  return { boi, image, imageId, sequence: `\n\n${boi}${image.repeat(imageSeqLength)}${eoi}\n\n` };
}

/** Pictures as rows, one row a text; null for no picture at all. */
export function nestPictures(images: PicturesInput | undefined): (readonly PictureInput[])[] | null {
  if (images === undefined || images === null) return null;
  if (!Array.isArray(images)) return [[images as PictureInput]];
  const rows = images as readonly unknown[];
  if (!rows.some(Array.isArray)) return rows.length === 0 ? null : [rows as readonly PictureInput[]];
  const odd = rows.findIndex((row) => !Array.isArray(row));
  if (odd >= 0) throw new InputError(`images[${odd}] must be an array of pictures, as others are, not ${describe(rows[odd])}`);
  return rows.every((row) => (row as unknown[]).length === 0) ? null : (rows as (readonly PictureInput[])[]);
}

/** The prompts for pictures that come without text: a place for each, as officially. */
export function promptsForPictures(tokens: ImageTokens, pictures: readonly (readonly PictureInput[])[]): string[] {
  return pictures.map((row) => Array(row.length).fill(tokens.boi).join(" "));
}

/**
 * Compares the places for pictures in prompts with the pictures.
 *
 * @throws InputError if a prompt has more or fewer places than pictures, with the numbers and which prompt
 */
export function checkPlaces(
  tokens: ImageTokens,
  texts: readonly string[],
  pictures: readonly (readonly PictureInput[])[] | null,
): void {
  const places = texts.map((text) => text.match(unmarked(tokens.boi))?.length ?? 0);
  const counts = pictures?.map((row) => row.length) ?? texts.map(() => 0);
  if (counts.length !== texts.length) {
    throw new InputError(
      `images: pictures for ${counts.length} texts, but there are ${texts.length}; pass one array of pictures for each text`,
      { details: { texts: texts.length, pictures: counts } },
    );
  }
  const odd = places.findIndex((count, index) => count !== counts[index]);
  if (odd >= 0) {
    const which = texts.length === 1 ? "the text" : `text[${odd}]`;
    throw new InputError(`${which} has ${places[odd]} x ${tokens.boi}, but ${counts[odd]} pictures were passed for it`, {
      details: { text: odd, placeholders: places, pictures: counts },
    });
  }
}

/** A prompt with room for its pictures. */
export interface ExpandedPrompt {
  text: string;
  /** Where a part of the prompt is now, that was at [begin, end). */
  shift(span: readonly [number, number]): [number, number];
}

/** A prompt without pictures. */
export function unexpanded(text: string): ExpandedPrompt {
  return { text, shift: ([begin, end]) => [begin, end] };
}

/**
 * Makes room for pictures and their crops in prompts.
 *
 * @param numCrops for each picture of all prompts, how many crops it has beside the whole
 */
export function expandPrompts(tokens: ImageTokens, texts: readonly string[], numCrops: readonly number[]): ExpandedPrompt[] {
  let picture = 0;
  return texts.map((text) => {
    const gains: { end: number; gain: number }[] = [];
    const expanded = text.replace(unmarked(tokens.boi), (place: string, at: number) => {
      const room = expansion(tokens.sequence, numCrops[picture++] ?? 0);
      gains.push({ end: at + place.length, gain: room.length - place.length });
      return room;
    });
    const moved = (position: number): number => gains.reduce((now, { end, gain }) => (end <= position ? now + gain : now), position);
    return { text: expanded, shift: ([begin, end]) => [moved(begin), moved(end)] };
  });
}

function expansion(sequence: string, crops: number): string {
  if (crops === 0) return sequence;
  const rest = Array<string>(crops).fill(sequence).join(" ");
  return `Here is the original image ${sequence} and here are some crops to help you see better ${rest}`;
}

/** @throws InputError if truncation took a part of a picture away */
export function checkPicturesWhole(tokens: ImageTokens, texts: readonly string[], ids: Tensor<"int32">): void {
  const length = ids.dims[1] as number;
  const data = ids.cpuData();
  texts.forEach((text, row) => {
    const wanted = text.match(unmarked(tokens.image))?.length ?? 0;
    const found = data.subarray(row * length, (row + 1) * length).filter((id) => id === tokens.imageId).length;
    if (found === wanted) return;
    throw new InputError(
      `truncation left ${found} of ${wanted} image tokens in text ${row}: raise maxLength or turn truncation off`,
      { details: { text: row, found, wanted } },
    );
  });
}

/** For each token, 1 if it stands for a part of a picture, else 0. */
export function markImageTokens(tokens: ImageTokens, ids: Tensor<"int32">): Tensor<"int32"> {
  return new Tensor("int32", ids.cpuData().map((id) => (id === tokens.imageId ? 1 : 0)), ids.dims);
}
