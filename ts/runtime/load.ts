import { LoadError } from "../errors.js";
import type { GpuGlue, ThreadedGlue, WasmBindings, WasmGlue } from "./glue.js";
import type { GrammarGlue } from "./grammar-glue.js";
import { currentHost } from "./host.js";
import { WasmInstance } from "./instance.js";
import type { PictureGlue } from "./picture-glue.js";
import { hasRelaxedSimd } from "./relaxed-simd.js";
import { sharedMemory } from "./shared-memory.js";

/** A binary beside the built package: its bindings and its code. Literal addresses, for bundlers that look for them. */
interface Binary {
  glue(): URL;
  code(): URL;
  /** The memory of an instance, where the binary imports one. */
  memory?(): WebAssembly.Memory;
  /** Instances so far. */
  started?: number;
}

const CPU: Binary = {
  glue: () => (hasRelaxedSimd() ? new URL("./wasm/cpu-relaxed/index.js", import.meta.url) : new URL("./wasm/cpu/index.js", import.meta.url)),
  code: () =>
    hasRelaxedSimd() ? new URL("./wasm/cpu-relaxed/index_bg.wasm", import.meta.url) : new URL("./wasm/cpu/index_bg.wasm", import.meta.url),
};

const THREADS: Binary = {
  glue: () => (hasRelaxedSimd() ? new URL("./wasm/threads-relaxed/index.js", import.meta.url) : new URL("./wasm/threads/index.js", import.meta.url)),
  code: () =>
    hasRelaxedSimd() ? new URL("./wasm/threads-relaxed/index_bg.wasm", import.meta.url) : new URL("./wasm/threads/index_bg.wasm", import.meta.url),
  memory: sharedMemory,
};

const GPU: Binary = {
  glue: () => new URL("./wasm/gpu/index.js", import.meta.url),
  code: () => new URL("./wasm/gpu/index_bg.wasm", import.meta.url),
};

const PICTURE: Binary = {
  glue: () => new URL("./wasm/picture/index.js", import.meta.url),
  code: () => new URL("./wasm/picture/index_bg.wasm", import.meta.url),
};

const GRAMMAR: Binary = {
  glue: () => new URL("./wasm/grammar/index.js", import.meta.url),
  code: () => new URL("./wasm/grammar/index_bg.wasm", import.meta.url),
};

/** Keeps one live instance of a binary, and makes a new one once that has ended. */
class InstanceKeeper<Glue extends WasmBindings> {
  readonly #binary: Binary;
  #code: Promise<WebAssembly.Module> | undefined;
  #current: Promise<WasmInstance<Glue>> | undefined;

  constructor(binary: Binary) {
    this.#binary = binary;
  }

  async get(): Promise<WasmInstance<Glue>> {
    for (;;) {
      const attempt = (this.#current ??= this.#start());
      try {
        const instance = await attempt;
        if (instance.failure === undefined) return instance;
      } catch (error) {
        if (this.#current === attempt) this.#current = undefined;
        throw error;
      }
      if (this.#current === attempt) this.#current = undefined;
    }
  }

  async #start(): Promise<WasmInstance<Glue>> {
    this.#code ??= currentHost().compile(this.#binary.code());
    const code = this.#code;
    try {
      // The bindings hold one instance a module, so a second instance asks for the module under another address.
      const glue = this.#binary.glue();
      const number = this.#binary.started ?? 0;
      this.#binary.started = number + 1;
      if (number > 0) glue.searchParams.set("instance", String(number));
      const [bindings, module] = await Promise.all([importGlue<Glue>(glue), code]);
      return await WasmInstance.start(bindings, module, this.#binary.memory?.());
    } catch (error) {
      this.#code = undefined;
      throw error;
    }
  }
}

async function importGlue<Glue>(url: URL): Promise<Glue> {
  try {
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ url.href)) as Glue;
  } catch (cause) {
    throw new LoadError(`cannot load ${url.href}`, { cause });
  }
}

const cpu = new InstanceKeeper<WasmGlue>(CPU);
const threaded = new Map<number, InstanceKeeper<ThreadedGlue>>();
const gpu = new InstanceKeeper<GpuGlue>(GPU);
const picture = new InstanceKeeper<PictureGlue>(PICTURE);
const grammar = new InstanceKeeper<GrammarGlue>(GRAMMAR);

/** The instance that decodes pictures, whichever device computes. */
export type PictureModule = WasmInstance<PictureGlue>;

/** The live instance of the CPU binary; made when it is first asked for, and again after it has ended. */
export function loadCpuModule(): Promise<WasmInstance> {
  return cpu.get();
}

/** The live instance of the CPU binary with so many threads, likewise: models with other numbers have one of their own. */
export function loadThreadedModule(threads: number): Promise<WasmInstance<ThreadedGlue>> {
  const keeper = threaded.get(threads) ?? new InstanceKeeper<ThreadedGlue>(THREADS);
  threaded.set(threads, keeper);
  return keeper.get();
}

/** The address of the bindings that the threads load. */
export function threadedGlue(): URL {
  return THREADS.glue();
}

/** The live instance of the WebGPU binary, likewise. */
export function loadGpuModule(): Promise<WasmInstance<GpuGlue>> {
  return gpu.get();
}

/** The live instance of the binary that decodes pictures, likewise. */
export function loadPictureModule(): Promise<PictureModule> {
  return picture.get();
}

/** The live instance of the binary that constrained output needs, likewise. */
export function loadGrammarModule(): Promise<WasmInstance<GrammarGlue>> {
  return grammar.get();
}
