import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumFlags, findChromium } from "./scripts/lib/chromium.mjs";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

const builtPackage = { "t5gemma2/worker": path("dist/worker.js"), t5gemma2: path("dist/index.js") };

const chromium = findChromium();

/** The same files run in every runtime, against the built package. */
const runtimeTests = {
  include: ["test/runtime/**/*.test.ts"],
  testTimeout: 120_000,
  hookTimeout: 120_000,
  // One file at a time: there may be two cores, and peaks of memory are measured.
  fileParallelism: false,
  // The runtime itself loads the built package, as it will for a user.
  server: { deps: { external: [/\/dist\//] } },
};

/** Dawn in Node finds no adapter on Mesa's software Vulkan; Chromium's SwiftShader serves it, where it is installed. */
const swiftshader = "/usr/lib/chromium/vk_swiftshader_icd.json";
const dawnEnvironment = existsSync(swiftshader) ? { VK_ICD_FILENAMES: swiftshader, VK_DRIVER_FILES: swiftshader } : {};

export default defineConfig({
  test: {
    projects: [
      {
        test: { name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: 30_000, sequence: { groupOrder: 0 } },
      },
      {
        // Whole programs: the examples, the packed package, the command.
        test: {
          name: "programs",
          include: ["test/{examples,package,cli}/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
      {
        resolve: { alias: builtPackage },
        test: { ...runtimeTests, name: "node", env: dawnEnvironment, sequence: { groupOrder: 1 } },
      },
      {
        resolve: { alias: builtPackage },
        // Runs only under `deno run -A node_modules/vitest/vitest.mjs`: the worker processes are then Deno, too.
        test: { ...runtimeTests, name: "deno", sequence: { groupOrder: 2 } },
      },
      {
        resolve: { alias: builtPackage },
        // Named, so that Vite doesn't discover them in the middle of a test and reload the page.
        optimizeDeps: { include: ["@huggingface/jinja", "@huggingface/tokenizers"] },
        test: {
          ...runtimeTests,
          name: "chromium",
          sequence: { groupOrder: 3 },
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { args: chromiumFlags, ...(chromium ? { executablePath: chromium } : { channel: "chromium" }) } }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
    ],
  },
});
