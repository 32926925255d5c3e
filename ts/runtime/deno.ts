import { LoadError } from "../errors.js";
import type { Host } from "./host.js";
import { lendWorkerScope } from "./wgpu-scope.js";

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

  async gpu() {
    const gpu = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
    return gpu === undefined ? { missing: "this Deno has no WebGPU (navigator.gpu is missing)" } : { gpu };
  },

  exposeGpu() {
    return lendWorkerScope();
  },
};
