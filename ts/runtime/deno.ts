import { LoadError } from "../errors.js";
import type { Host } from "./host.js";
import { lendWorkerScope } from "./wgpu-scope.js";

/** The part of Deno's own API that is used here. */
declare const Deno: {
  readonly permissions: { querySync(permission: { name: "sys"; kind: "systemMemoryInfo" }): { readonly state: string } };
  systemMemoryInfo(): { readonly total: number };
};

/** Deno, whose WebGPU is built in; the package may lie on disk or behind https. */
export const denoHost: Host = {
  name: "deno",

  async compile(url) {
    try {
      // Deno's fetch reads file: URLs too, under the same permission as a read.
      const response = await fetch(url);
      if (!response.ok) throw new LoadError(`cannot fetch ${url.href}: HTTP ${response.status}`);
      return await WebAssembly.compile(await response.arrayBuffer());
    } catch (cause) {
      if (cause instanceof LoadError) throw cause;
      throw new LoadError(`cannot load ${url.href}`, { cause });
    }
  },

  hardwareThreads() {
    return globalThis.navigator?.hardwareConcurrency ?? 1;
  },

  memoryBytes() {
    const { permissions, systemMemoryInfo } = Deno;
    const { state } = permissions.querySync({ name: "sys", kind: "systemMemoryInfo" });
    return state === "granted" ? systemMemoryInfo().total : undefined;
  },

  async gpu() {
    const gpu = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
    return gpu === undefined ? { missing: "this Deno has no WebGPU (navigator.gpu is missing)" } : { gpu };
  },

  exposeGpu() {
    return lendWorkerScope();
  },
};
