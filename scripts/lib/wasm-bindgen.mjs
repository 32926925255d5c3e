import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, root } from "./paths.mjs";
import { SetupError, ask, mustRun, say } from "./run.mjs";

/** wasm-bindgen's command in the very version that the crates use; installed once under the cache folder. */
export async function wasmBindgen() {
  const version = lockedVersion();
  const folder = join(cacheFolder, "tools", `wasm-bindgen-${version}`);
  const installed = join(folder, "bin", process.platform === "win32" ? "wasm-bindgen.exe" : "wasm-bindgen");
  if (existsSync(installed)) return installed;
  if (ask("wasm-bindgen", ["--version"]) === `wasm-bindgen ${version}`) return "wasm-bindgen";
  if (ask("cargo", ["--version"]) === undefined) throw new SetupError("Rust is missing: install it from https://rustup.rs");
  say(`installing wasm-bindgen ${version} (about five minutes, once)`);
  // Its own folder for what it compiles: cargo removes that afterwards.
  const { CARGO_TARGET_DIR: _, ...env } = process.env;
  await mustRun("cargo", ["install", "--quiet", "wasm-bindgen-cli", "--version", version, "--root", folder], "wasm-bindgen does not install", { env });
  return installed;
}

function lockedVersion() {
  const lock = readFileSync(join(root, "Cargo.lock"), "utf8");
  const version = /name = "wasm-bindgen"\nversion = "([^"]+)"/.exec(lock)?.[1];
  if (version === undefined) throw new SetupError("Cargo.lock names no wasm-bindgen");
  return version;
}
