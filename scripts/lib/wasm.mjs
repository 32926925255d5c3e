import { rmSync } from "node:fs";
import { join } from "node:path";
import { root, targetFolder } from "./paths.mjs";
import { mustRun, say } from "./run.mjs";
import { sortFunctions } from "./sort-functions.mjs";
import { hashOf, unlessStamped } from "./stamp.mjs";
import { wasmBindgen } from "./wasm-bindgen.mjs";
import { threadedToolchain, wasmToolchain } from "./wasm-toolchain.mjs";

const pictures = "t5gemma2-picture-wasm";

/**
 * The binaries: the small ones compute on the CPU, some of them on several threads, some by instructions that not every host
 * has; the large one drives WebGPU; and one knows pictures, and the last grammars. `beside` names a crate that is compiled in
 * the same run: apart, they would ask for other features of what they share, and all of that would be compiled again each time.
 */
const binaries = {
  cpu: { crate: "t5gemma2-wasm", features: "", profile: "whole", beside: pictures, hint: "about nine minutes on two cores the first time" },
  "cpu-relaxed": { crate: "t5gemma2-wasm", features: "", profile: "whole", beside: pictures, relaxed: true, hint: "a minute after the cpu wasm" },
  threads: { crate: "t5gemma2-wasm", features: "", profile: "whole", threaded: true, hint: "about nine minutes on two cores the first time" },
  "threads-relaxed": { crate: "t5gemma2-wasm", features: "", profile: "whole", threaded: true, relaxed: true, hint: "a minute after the threads wasm" },
  // Its CPU kernels only check those of the GPU.
  gpu: { crate: "t5gemma2-wasm", features: "wgpu", config: ['profile.release.package.t5gemma2-ops.opt-level="s"'], hint: "about 25 minutes on two cores the first time" },
  picture: { crate: pictures, features: "", profile: "whole", beside: "t5gemma2-wasm", hint: "with the cpu wasm" },
  grammar: { crate: "t5gemma2-grammar-wasm", features: "", hint: "about a minute the first time" },
};

/** Every binary, those first from which others take what is compiled. */
export const kinds = Object.keys(binaries);

const relaxedWrapper = join(root, "scripts/lib", process.platform === "win32" ? "rustc-relaxed.cmd" : "rustc-relaxed.sh");

/**
 * Builds one binary into dist/wasm/<kind>/ unless it is current. cargo and wasm-bindgen are called directly: wasm-pack
 * would add a tool that takes minutes to install and refuses a standard library built from source.
 */
export async function buildWasm(kind) {
  const { crate, features, hint, threaded, relaxed, beside, profile = "release", config = [] } = binaries[kind];
  const out = `dist/wasm/${kind}`;
  const inputs = ["crates", "Cargo.toml", "Cargo.lock", "scripts/lib/wasm.mjs", "scripts/lib/wasm-toolchain.mjs", "scripts/lib/sort-functions.mjs", "scripts/lib/rustc-relaxed.sh"];
  const outputs = [`${out}/index.js`, `${out}/index_bg.wasm`];
  await unlessStamped({ stamp: `${out}/.stamp`, hash: hashOf(inputs, [kind]), outputs }, async () => {
    const { cargo, args, env } = await (threaded ? threadedToolchain() : wasmToolchain());
    // Its own folder: what cargo keeps for other flags stays valid beside it.
    const folder = threaded ? join(targetFolder, "threads") : targetFolder;
    const bindgen = await wasmBindgen();
    say(`compiling the ${kind} wasm (${hint})`);
    await mustRun(
      cargo,
      [
        ...["build", "--profile", profile, ...args, ...config.flatMap((line) => ["--config", line])],
        ...["-p", crate, ...(beside ? ["-p", beside] : []), "--features", features],
      ],
      `the ${kind} wasm does not compile`,
      { env: { ...process.env, ...env, ...(relaxed && { RUSTC_WORKSPACE_WRAPPER: relaxedWrapper }), CARGO_TARGET_DIR: folder } },
    );
    const compiled = join(folder, `wasm32-unknown-unknown/${profile}/${crate.replaceAll("-", "_")}.wasm`);
    rmSync(join(root, out), { recursive: true, force: true });
    await mustRun(bindgen, [compiled, "--target", "web", "--out-dir", join(root, out), "--out-name", "index"], `wasm-bindgen fails on the ${kind} wasm`);
    await sortFunctions(join(root, out, "index_bg.wasm"));
  });
}
