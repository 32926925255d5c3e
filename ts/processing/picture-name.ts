import type { PictureInput } from "./picture-input.js";

/** What to call a picture in messages; undefined where its value says nothing. */
export function pictureName(input: PictureInput): string | undefined {
  const name = input instanceof URL ? input.href : typeof File !== "undefined" && input instanceof File ? input.name : input;
  if (typeof name !== "string" || name === "" || /^data:/i.test(name)) return undefined;
  // Query and fragment may hold secrets.
  const plain = /^https?:/i.test(name) ? name.replace(/[?#].*$/s, "").replace(/\/\/[^/@]*@/, "//") : name;
  return plain.length > 80 ? `...${plain.slice(-77)}` : plain;
}
