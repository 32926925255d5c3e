import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { aptInstall } from "./apt.mjs";
import { cacheFolder } from "./paths.mjs";
import { SetupError, ask, run, say } from "./run.mjs";

const TARGET = "wasm32-unknown-unknown";
const FLAGS = `--cfg getrandom_backend="wasm_js" -C target-feature=+simd128`;
const BUILD_STD = ["-Z", "build-std=std,panic_abort"];

/** What a memory shared by threads asks of the compiler, the linker and the standard library, which comes without. */
const exported = ["__wasm_init_tls", "__tls_size", "__tls_align", "__tls_base", "__heap_base", "__stack_pointer"];
const linked = ["--shared-memory", "--import-memory", "--max-memory=4294967296", ...exported.map((name) => `--export=${name}`)];
const THREADED_FLAGS = [`${FLAGS},+atomics,+bulk-memory,+mutable-globals`, ...linked.map((flag) => `-C link-arg=${flag}`)].join(" ");

/** rustup's way: the target's standard library comes ready-made. */
const ordinary = {
  cargo: "cargo",
  args: ["--target", TARGET],
  env: { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: FLAGS },
};

/** Debian's way, where rustup cannot download: its own compiler for the web, with the standard library built from source. */
const debian = {
  cargo: "/usr/bin/cargo",
  args: ["--target", TARGET, ...BUILD_STD],
  env: {
    RUSTC_BOOTSTRAP: "1",
    RUSTC: "/usr/bin/rustc",
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: "wasm-ld-19",
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: FLAGS,
  },
};
const debianPackages = ["rustc-web", "cargo-web", "rust-web-src", "lld-19"];

const memory = join(cacheFolder, "wasm-toolchain");

/**
 * A compiler for wasm32: what to run, with which arguments and environment. Installs what is missing. The one that was
 * used before is taken again, because what it compiled is in the cache: half an hour of work.
 */
export async function wasmToolchain() {
  const chosen = await choose();
  mkdirSync(cacheFolder, { recursive: true });
  writeFileSync(memory, chosen === debian ? "debian" : "rustup");
  return chosen;
}

/** The same for a binary with threads, which needs a standard library built from source. */
export async function threadedToolchain() {
  const chosen = await wasmToolchain();
  if (chosen === ordinary) await addSource();
  const args = chosen === ordinary ? [...chosen.args, ...BUILD_STD] : chosen.args;
  const env = { ...chosen.env, RUSTC_BOOTSTRAP: "1", CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: THREADED_FLAGS };
  return { ...chosen, args, env };
}

async function addSource() {
  const sysroot = ask("rustc", ["--print", "sysroot"]);
  if (sysroot !== undefined && hasSource(sysroot)) return;
  say("adding the source of Rust's standard library");
  const code = await run("rustup", ["component", "add", "rust-src"]);
  if (code !== 0) throw new SetupError(`Rust cannot compile threads here: install rustup (https://rustup.rs) and run "rustup component add rust-src"`);
}

function hasSource(sysroot) {
  return existsSync(join(sysroot, "lib/rustlib/src/rust/library/std"));
}

async function choose() {
  const usedBefore = existsSync(memory) ? readFileSync(memory, "utf8") : "";
  if (usedBefore === "debian" && debianIsReady()) return debian;
  if (ordinaryIsReady()) return ordinary;
  if (ask("rustup", ["--version"]) !== undefined) {
    say(`adding the Rust target ${TARGET}`);
    if ((await run("rustup", ["target", "add", TARGET])) === 0 && ordinaryIsReady()) return ordinary;
    say("rustup cannot fetch it; trying Debian's compiler for the web");
  }
  if (debianIsReady()) return debian;
  if ((await aptInstall(...debianPackages)) && debianIsReady()) return debian;
  throw new SetupError(`Rust cannot compile for ${TARGET} here: install rustup (https://rustup.rs) and run "rustup target add ${TARGET}"`);
}

function ordinaryIsReady() {
  const folder = ask("rustc", ["--print", "target-libdir", "--target", TARGET]);
  return folder !== undefined && existsSync(folder) && readdirSync(folder).some((name) => name.startsWith("libstd-"));
}

function debianIsReady() {
  const sysroot = ask("/usr/bin/rustc", ["--print", "sysroot"]);
  return sysroot !== undefined && hasSource(sysroot) && ask("wasm-ld-19", ["--version"]) !== undefined && ask("/usr/bin/cargo", ["--version"]) !== undefined;
}
