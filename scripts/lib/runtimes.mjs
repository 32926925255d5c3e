import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { aptInstall } from "./apt.mjs";
import { findChromium } from "./chromium.mjs";
import { root } from "./paths.mjs";
import { SetupError, run, say } from "./run.mjs";

/** Chromium for the tests: the system's, else Playwright's own, else Debian's. */
export async function installChromium() {
  if (findChromium() !== undefined || (await playwrightHasChromium())) return;
  say("installing Chromium for the tests");
  const playwright = join(root, "node_modules/playwright/cli.js");
  if ((await run(process.execPath, [playwright, "install", "chromium", "--no-shell"])) === 0) return;
  if (!(await aptInstall("chromium")) || findChromium() === undefined) throw new SetupError("Chromium is missing: install it, or run: npx playwright install chromium");
}

async function playwrightHasChromium() {
  const { chromium } = await import("playwright");
  return existsSync(chromium.executablePath());
}

/** A Vulkan driver for Deno's WebGPU, where Linux has none at all: Mesa's, in software. */
export async function installVulkan() {
  const folders = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d"];
  const present = folders.some((folder) => existsSync(folder) && readdirSync(folder).some((name) => name.endsWith(".json")));
  if (process.platform !== "linux" || present) return;
  if (!(await aptInstall("mesa-vulkan-drivers"))) throw new SetupError("no Vulkan driver for Deno's WebGPU: install mesa-vulkan-drivers");
}

/** Deno's program: npm brings it in a package for this platform, so that no install script has to run. */
export function findDeno() {
  const fromDeno = createRequire(join(root, "node_modules/deno/package.json"));
  const name = process.platform === "win32" ? "deno.exe" : "deno";
  const libc = process.platform === "linux" ? "-glibc" : "";
  try {
    return fromDeno.resolve(`@deno/${process.platform}-${process.arch}${libc}/${name}`);
  } catch {
    throw new SetupError(`npm brought no Deno for ${process.platform}-${process.arch}`);
  }
}
