import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** What is costly to make and good for every clone: tools, and what cargo compiled. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "t5gemma2");

/** Cargo's target folder. Its fingerprints make it safe to share between clones. */
export const targetFolder = process.env.CARGO_TARGET_DIR || join(cacheFolder, "target");
