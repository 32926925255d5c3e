import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import dts from "rollup-plugin-dts";
import esbuild from "rollup-plugin-esbuild";

const input = {
  index: "ts/index.ts",
  worker: "ts/worker.ts",
  "worker-host": "ts/runtime/worker-host.ts",
  thread: "ts/runtime/thread.ts",
  cli: "ts/cli/main.ts",
};

const { dependencies, peerDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
const packages = Object.keys({ ...dependencies, ...peerDependencies });
const external = (id) => id.startsWith("node:") || packages.some((name) => id === name || id.startsWith(`${name}/`));

/** Removes what an earlier run left in dist/ itself: chunks have other names each time. */
const clean = (ending) => ({
  name: "clean",
  buildStart() {
    if (!existsSync("dist")) return;
    for (const name of readdirSync("dist").filter((name) => ending.test(name))) rmSync(`dist/${name}`);
  },
});

const warningsAreErrors = (warning) => {
  throw new Error(warning.message);
};

const bundles = {
  input,
  external,
  plugins: [clean(/\.js(\.map)?$/), esbuild({ target: "es2022", tsconfig: "tsconfig.json" })],
  // Every chunk lies in dist/ itself: `new URL("./wasm/...", import.meta.url)` then means the same in all of them.
  output: { dir: "dist", format: "es", entryFileNames: "[name].js", chunkFileNames: "chunk-[name]-[hash].js", sourcemap: true },
  onwarn: warningsAreErrors,
};

const types = {
  input: { index: "ts/index.ts", worker: "ts/worker.ts" },
  external,
  plugins: [clean(/\.d\.ts$/), dts({ tsconfig: "tsconfig.json" })],
  output: { dir: "dist", format: "es", entryFileNames: "[name].d.ts", chunkFileNames: "types-[name]-[hash].d.ts" },
  onwarn: warningsAreErrors,
};

/** `rollup --config` writes the JavaScript, `rollup --config --configTypes` the public types, which takes longer. */
export default ({ configTypes }) => (configTypes ? types : bundles);
