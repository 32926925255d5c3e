import { InputError } from "../errors.js";
import { describe } from "../options.js";
import type { ChatMessage } from "./chat.js";
import type { PictureInput } from "./picture-input.js";
import { isRecord } from "./template-data.js";

/** Where a part of a message may have its picture; all that are there count, as officially. */
const PICTURE_KEYS = ["image", "url", "path", "base64"] as const;

/** Rewrites parts like `{ type: "image_url", image_url: { url } }`, as other APIs have them, to `{ type: "image", url }`. */
export function normalizePictureParts(message: ChatMessage): ChatMessage {
  if (!Array.isArray(message.content)) return message;
  const content = message.content.map((part: unknown) => {
    if (!isRecord(part) || part["type"] !== "image_url" || !("image_url" in part)) return part;
    const address = part["image_url"];
    return { type: "image", url: isRecord(address) ? (address["url"] ?? "") : address };
  });
  return { ...message, content: content as NonNullable<ChatMessage["content"]> };
}

/**
 * Finds the pictures of a conversation, in order.
 *
 * @throws InputError for a part without a type, and for sound and video, which this model does not take
 */
export function picturesOf(chat: readonly ChatMessage[]): PictureInput[] {
  const pictures: PictureInput[] = [];
  chat.forEach(({ content }, turn) => {
    if (!Array.isArray(content)) return;
    content.forEach((part: unknown, index) => {
      const at = `messages[${turn}].content[${index}]`;
      if (!isRecord(part) || typeof part["type"] !== "string") {
        throw new InputError(`${at} must be an object with a type, not ${describe(part)}`);
      }
      const type = part["type"];
      // Without content they only reach the template, as officially.
      if ((type === "video" || type === "audio") && [type, "url", "path"].some((key) => part[key] !== undefined)) {
        throw new InputError(`${at}: this model takes text and pictures, no ${type}`);
      }
      if (type !== "image") return;
      for (const key of PICTURE_KEYS) {
        const picture = part[key];
        if (picture === undefined || picture === null) continue;
        pictures.push(key === "base64" ? fromBase64(at, picture) : (picture as PictureInput));
      }
    });
  });
  return pictures;
}

function fromBase64(at: string, value: unknown): Uint8Array {
  if (typeof value !== "string") throw new InputError(`${at}.base64 must be a string, not ${describe(value)}`);
  try {
    return Uint8Array.from(atob(value.replace(/^data:[^,]*,/, "")), (character) => character.charCodeAt(0));
  } catch (cause) {
    throw new InputError(`${at}.base64 is not base64`, { cause });
  }
}
