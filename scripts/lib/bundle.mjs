import { join } from "node:path";
import { root } from "./paths.mjs";
import { mustRun, say } from "./run.mjs";
import { hashOf, unlessStamped } from "./stamp.mjs";

const sources = ["ts", "rollup.config.mjs", "tsconfig.json", "package.json", "package-lock.json"];
const rollup = join(root, "node_modules/rollup/dist/bin/rollup");

/** Bundles the TypeScript into dist/*.js unless that is current. */
export async function bundle() {
  const outputs = ["dist/index.js", "dist/worker.js", "dist/worker-host.js", "dist/thread.js", "dist/cli.js"];
  await unlessStamped({ stamp: "dist/.bundle-stamp", hash: hashOf(sources), outputs }, async () => {
    say("bundling");
    await mustRun(process.execPath, [rollup, "--config", "--silent"], "rollup fails");
  });
}

/** Checks all types and writes the package's own into dist/*.d.ts, unless that was done. */
export async function checkTypes() {
  const hash = hashOf([...sources, "test", "vitest.config.ts"]);
  await unlessStamped({ stamp: "dist/.types-stamp", hash, outputs: ["dist/index.d.ts", "dist/worker.d.ts"] }, async () => {
    say("checking types");
    await mustRun(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "--noEmit"], "the types do not agree");
    await mustRun(process.execPath, [rollup, "--config", "--configTypes", "--silent"], "the types do not bundle");
  });
}
