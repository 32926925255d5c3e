import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./paths.mjs";

/** A hash of files and folders (paths from the repository's root, folders with all they hold) and of further words. */
export function hashOf(paths, words = []) {
  const hash = createHash("sha256").update(JSON.stringify(words));
  for (const path of paths) addTo(hash, path);
  return hash.digest("hex");
}

function addTo(hash, path) {
  const full = join(root, path);
  if (!existsSync(full)) return;
  if (statSync(full).isDirectory()) {
    for (const name of readdirSync(full).sort()) addTo(hash, `${path}/${name}`);
    return;
  }
  const bytes = readFileSync(full);
  hash.update(`${path}\n${bytes.length}\n`).update(bytes);
}

/** Does the work unless its stamp says that it was done with the same inputs and its outputs are still there. */
export async function unlessStamped({ stamp, hash, outputs }, work) {
  const file = join(root, stamp);
  const done = existsSync(file) && readFileSync(file, "utf8") === hash && outputs.every((path) => existsSync(join(root, path)));
  if (done) return false;
  await work();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, hash);
  return true;
}
