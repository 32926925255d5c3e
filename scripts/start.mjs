import { spawn } from "node:child_process";
import { join } from "node:path";
import { bundle } from "./lib/bundle.mjs";
import { hasHardwareGpu } from "./lib/hardware-gpu.mjs";
import { installPackages } from "./lib/packages.mjs";
import { root } from "./lib/paths.mjs";
import { main } from "./lib/run.mjs";
import { buildWasm } from "./lib/wasm.mjs";

const question = "What number is shown?";
const sample = ["--verbose", "--model", "builtin:reader", "--chat", "--image", "models/reader/samples/00.png", question];

/** `npm start`: sets up what is missing, then asks the built-in model about a picture, or what its arguments say. */
await main(async () => {
  await installPackages();
  await buildWasm("cpu");
  await buildWasm("cpu-relaxed");
  await buildWasm("picture");
  if (hasHardwareGpu()) await buildWasm("gpu");
  await bundle();
  const own = process.argv.slice(2);
  const args = own.length > 0 ? own : sample;
  if (args === sample) console.log(`models/reader/samples/00.png: ${question}`);
  return await new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, "dist/cli.js"), ...args], { cwd: root, stdio: "inherit" });
    // Ctrl-C reaches the command as well: it ends first, with its own exit code.
    process.on("SIGINT", () => {});
    child.on("close", (code) => resolve(code ?? 130));
  });
});
