import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { type TestProjectConfiguration, defineConfig } from "vitest/config";
import { chromiumFlags, chromiumProgram } from "./scripts/lib/chromium.mjs";
import { dawnEnvironment } from "./scripts/lib/dawn-environment.mjs";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

const builtPackage = { "t5gemma2/worker": path("dist/worker.js"), t5gemma2: path("dist/index.js") };

/** The same files run in every runtime, against the built package. */
const runtimeTests = {
  include: ["test/runtime/**/*.test.ts"],
  setupFiles: ["test/support/gpu-errors.ts"],
  // For what hangs; WebGPU on a software adapter of a busy machine needs minutes.
  testTimeout: 900_000,
  hookTimeout: 900_000,
  // One file at a time: there may be two cores, and peaks of memory are measured.
  fileParallelism: false,
  // The runtime itself loads the built package, as it will for a user.
  server: { deps: { external: [/\/dist\//] } },
};

const unit: TestProjectConfiguration = {
  test: { name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: 30_000, sequence: { groupOrder: 0 } },
};

const node: TestProjectConfiguration = {
  resolve: { alias: builtPackage },
  test: { ...runtimeTests, name: "node", env: dawnEnvironment, sequence: { groupOrder: 1 } },
};

const chromium: TestProjectConfiguration = {
  resolve: { alias: builtPackage },
  // What makes a page cross-origin isolated: threads share memory only there.
  server: { headers: { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" } },
  // Named, so that Vite doesn't discover them in the middle of a test and reload the page.
  optimizeDeps: { include: ["@huggingface/jinja", "@huggingface/tokenizers", "webgpu"] },
  test: {
    ...runtimeTests,
    name: "chromium",
    sequence: { groupOrder: 2 },
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { args: chromiumFlags, ...chromiumProgram() } }),
      instances: [{ browser: "chromium" }],
    },
  },
};

/** Whole programs: the command, the examples, the packed package. */
const programs: TestProjectConfiguration = {
  test: {
    name: "programs",
    include: ["test/{cli,examples,package}/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    sequence: { groupOrder: 3 },
  },
};

/** vitest in Deno (`deno run -A node_modules/vitest/vitest.mjs`) starts its workers in Deno, too. */
const deno: TestProjectConfiguration = {
  resolve: { alias: builtPackage },
  test: { ...runtimeTests, name: "deno" },
};

export default defineConfig({ test: { projects: "Deno" in globalThis ? [deno] : [unit, node, chromium, programs] } });
