import { rmSync } from "node:fs";
import { join } from "node:path";
import { root, targetFolder } from "./paths.mjs";
import { mustRun, say } from "./run.mjs";
import { hashOf, unlessStamped } from "./stamp.mjs";
import { wasmBindgen } from "./wasm-bindgen.mjs";
import { wasmToolchain } from "./wasm-toolchain.mjs";

/** The binaries: the small one computes on the CPU and decodes pictures, the large one drives WebGPU, and the third knows grammars. */
const binaries = {
  cpu: { crate: "t5gemma2-wasm", features: "image", hint: "about nine minutes on two cores the first time" },
  // Its CPU kernels only check those of the GPU.
  gpu: { crate: "t5gemma2-wasm", features: "wgpu", config: ['profile.release.package.t5gemma2-ops.opt-level="s"'], hint: "about 25 minutes on two cores the first time" },
  grammar: { crate: "t5gemma2-grammar-wasm", features: "", hint: "about a minute the first time" },
};

/**
 * Builds one binary into dist/wasm/<kind>/ unless it is current. cargo and wasm-bindgen are called directly: wasm-pack
 * would add a tool that takes minutes to install and refuses a standard library built from source.
 */
export async function buildWasm(kind) {
  const { crate, features, hint, config = [] } = binaries[kind];
  const out = `dist/wasm/${kind}`;
  const inputs = ["crates", "Cargo.toml", "Cargo.lock", "scripts/lib/wasm.mjs", "scripts/lib/wasm-toolchain.mjs"];
  const outputs = [`${out}/index.js`, `${out}/index_bg.wasm`];
  await unlessStamped({ stamp: `${out}/.stamp`, hash: hashOf(inputs, [kind]), outputs }, async () => {
    const { cargo, args, env } = await wasmToolchain();
    const bindgen = await wasmBindgen();
    say(`compiling the ${kind} wasm (${hint})`);
    await mustRun(
      cargo,
      ["build", "--release", ...args, ...config.flatMap((line) => ["--config", line]), "-p", crate, "--features", features],
      `the ${kind} wasm does not compile`,
      { env: { ...process.env, ...env, CARGO_TARGET_DIR: targetFolder } },
    );
    const compiled = join(targetFolder, `wasm32-unknown-unknown/release/${crate.replaceAll("-", "_")}.wasm`);
    rmSync(join(root, out), { recursive: true, force: true });
    // Without its 20 MB of names the GPU binary is as small, gzipped, as wasm-opt makes it in seven minutes.
    await mustRun(
      bindgen,
      [compiled, "--target", "web", "--out-dir", join(root, out), "--out-name", "index", "--remove-name-section"],
      `wasm-bindgen fails on the ${kind} wasm`,
    );
  });
}
