import { join } from "node:path";
import { root } from "./paths.mjs";
import { mustRun } from "./run.mjs";

// Named one by one: with all of them wasm-opt emits imports that V8 rejects.
const FEATURES = [
  ...["simd", "relaxed-simd", "threads", "bulk-memory", "nontrapping-float-to-int"],
  ...["sign-ext", "mutable-globals", "reference-types", "multivalue"],
];

/**
 * Puts the functions of a binary in the order of their names, drops those that are there twice, and then the names. What one
 * generic function became for each type comes to stand side by side, where gzip sees that it is nearly the same: a tenth less.
 * Optimisation by wasm-opt makes a binary smaller, but larger when gzipped, and takes minutes.
 */
export async function sortFunctions(file) {
  await mustRun(
    process.execPath,
    [
      join(root, "node_modules/binaryen/bin/wasm-opt"),
      ...[file, "-o", file, ...FEATURES.map((name) => `--enable-${name}`)],
      ...["--duplicate-function-elimination", "--remove-unused-module-elements", "--reorder-functions-by-name", "--strip-debug", "--strip-producers"],
    ],
    `wasm-opt fails on ${file}`,
  );
}
