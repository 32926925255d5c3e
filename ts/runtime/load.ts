import { LoadError } from "../errors.js";
import type { CpuGlue, WasmBindings, WasmGlue } from "./glue.js";
import type { GrammarGlue } from "./grammar-glue.js";
import { currentHost } from "./host.js";
import { WasmInstance } from "./instance.js";

/** A binary beside the built package: its bindings and its code. Literal addresses, for bundlers that look for them. */
interface Binary {
  glue(): URL;
  code(): URL;
}

const CPU: Binary = {
  glue: () => new URL("./wasm/cpu/index.js", import.meta.url),
  code: () => new URL("./wasm/cpu/index_bg.wasm", import.meta.url),
};

const GPU: Binary = {
  glue: () => new URL("./wasm/gpu/index.js", import.meta.url),
  code: () => new URL("./wasm/gpu/index_bg.wasm", import.meta.url),
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
  #started = 0;

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
      if (this.#started > 0) glue.searchParams.set("instance", String(this.#started));
      const [bindings, module] = await Promise.all([importGlue<Glue>(glue), code]);
      this.#started += 1;
      return await WasmInstance.start(bindings, module);
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

const cpu = new InstanceKeeper<CpuGlue>(CPU);
const gpu = new InstanceKeeper<WasmGlue>(GPU);
const grammar = new InstanceKeeper<GrammarGlue>(GRAMMAR);

/** The CPU binary's instance: shared by all models on the CPU, and by all pictures. */
export type CpuModule = WasmInstance<CpuGlue>;

/** The live instance of the CPU binary; made when it is first asked for, and again after it has ended. */
export function loadCpuModule(): Promise<CpuModule> {
  return cpu.get();
}

/** The live instance of the WebGPU binary, likewise. */
export function loadGpuModule(): Promise<WasmInstance> {
  return gpu.get();
}

/** The live instance of the binary that constrained output needs, likewise. */
export function loadGrammarModule(): Promise<WasmInstance<GrammarGlue>> {
  return grammar.get();
}
