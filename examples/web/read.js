import { pipeline } from "t5gemma2";

const reader = await pipeline("image-text-to-text", "builtin:reader");
export const device = reader.device;

/** Asks about a picture (a Blob or File) and hands each piece of the answer to `write` as it comes. */
export async function read(image, question, write) {
  const content = [
    { type: "image", image },
    { type: "text", text: question },
  ];
  for await (const { text } of reader.stream([{ role: "user", content }], { maxNewTokens: 64 })) write(text);
}
