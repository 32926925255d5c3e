import { InputError } from "../errors.js";
import { describe } from "../options.js";
import type { PicturesInput } from "../processing/image-prompt.js";
import type { PictureInput } from "../processing/picture-input.js";
import type { Processor } from "../processing/processor.js";
import { type GeneratingPipeline, type Prepare, type Prepared } from "./generating-pipeline.js";
import { isMessages, type Messages, plainOptions, prepareChats, type PrepareOptions } from "./prompts.js";

/** Prompts with `<start_of_image>` where a picture goes, and the pictures. */
export interface PicturesAndText {
  /** A picture, the pictures of the one text, or an array of pictures for each text. */
  images?: PicturesInput | undefined;
  text: string | readonly string[];
}

/** A prompt with its pictures. */
export interface PicturePrompt {
  images?: PictureInput | readonly PictureInput[] | undefined;
  text: string;
}

/** A prompt, a prompt with pictures, or a conversation; or several of one kind. */
export type ImageTextInput =
  | string
  | PicturesAndText
  | Messages
  | readonly string[]
  | readonly PicturePrompt[]
  | readonly Messages[];

/** Pictures and text in, text out. */
export type ImageTextToTextPipeline = GeneratingPipeline<"image-text-to-text", ImageTextInput>;

export const prepareImageText: Prepare<ImageTextInput> = async (processor, input, { prefix: _prefix, ...how }) => {
  if (isMessages(input)) return prepareChats(processor, [input], how);
  if (typeof input === "string") return prepareTexts(processor, [input], undefined, how);
  if (!Array.isArray(input)) {
    if (!isPrompt(input)) throw wrong("the input", input);
    const { text, images } = input;
    return prepareTexts(processor, typeof text === "string" ? [text] : text, images, how);
  }
  const items: readonly unknown[] = input;
  if (items.length === 0) throw wrong("the input", "an empty array");
  if (items.every(isMessages)) return prepareChats(processor, items, how);
  const prompts = items.map((item, index): PicturePrompt => {
    if (typeof item === "string") return { text: item };
    if (isPrompt(item) && typeof item.text === "string") return item as PicturePrompt;
    throw wrong(`input[${index}]`, item);
  });
  const pictures = prompts.map(({ images }) => (images === undefined ? [] : Array.isArray(images) ? images : [images as PictureInput]));
  const some = pictures.some((row) => row.length > 0);
  return prepareTexts(processor, prompts.map(({ text }) => text), some ? pictures : undefined, how);
};

async function prepareTexts(
  processor: Processor,
  texts: readonly string[],
  images: PicturesInput | undefined,
  how: PrepareOptions,
): Promise<Prepared> {
  const inputs = await processor.process({ padding: texts.length > 1, ...plainOptions(how), text: texts, ...(images !== undefined && { images }) });
  return { texts, inputs };
}

function isPrompt(value: unknown): value is PicturesAndText {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const odd = Object.keys(value).find((key) => key !== "text" && key !== "images");
  if (odd !== undefined) throw new InputError(`image-text-to-text: an input has text and images, but not "${odd}"`, { details: { key: odd } });
  return "text" in value;
}

function wrong(name: string, value: unknown): InputError {
  const given = typeof value === "string" ? value : describe(value);
  return new InputError(`image-text-to-text: ${name} must be text, { images, text }, messages, or an array of them, not ${given}`);
}
