import { join } from "node:path";
import { bundle, checkTypes } from "./lib/bundle.mjs";
import { installPackages } from "./lib/packages.mjs";
import { root, targetFolder } from "./lib/paths.mjs";
import { main, say } from "./lib/run.mjs";
import { findDeno, installChromium, installVulkan } from "./lib/runtimes.mjs";
import { Tally, cargoTest, vitest } from "./lib/tests.mjs";
import { buildWasm, kinds } from "./lib/wasm.mjs";

/** `npm test`: every test there is; its last line sums them up. */
await main(async () => {
  const tally = new Tally();
  await installPackages();
  await installChromium();
  await installVulkan();

  // Natively on the CPU only: the WebGPU kernels are tested through wasm, where they run for users.
  say("testing the crates");
  tally.add(await cargoTest(["--workspace", "--features", "t5gemma2/image"], targetFolder));

  for (const kind of kinds) await buildWasm(kind);
  await bundle();
  await checkTypes();

  const cli = join(root, "node_modules/vitest/vitest.mjs");
  say("testing in Node and Chromium");
  tally.add(await vitest("node", process.execPath, [cli, "run"]));
  say("testing in Deno");
  tally.add(await vitest("deno", findDeno(), ["run", "-A", cli, "run"]));

  console.log(tally.line());
  return tally.failed > 0 ? 1 : 0;
});
