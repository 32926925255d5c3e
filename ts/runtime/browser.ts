import { LoadError } from "../errors.js";
import type { Host } from "./host.js";

/** Browsers, and workers in them. */
export const browserHost: Host = {
  name: "browser",

  async compile(url) {
    let response: Response;
    try {
      response = await fetch(url, { credentials: "same-origin" });
    } catch (cause) {
      throw new LoadError(`cannot fetch ${url.href}`, { cause });
    }
    if (!response.ok) throw new LoadError(`cannot fetch ${url.href}: HTTP ${response.status}`);
    // Servers that don't know the type are many; streaming compilation would refuse their answer.
    const type = response.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
    if (type === "application/wasm") return WebAssembly.compileStreaming(response);
    return WebAssembly.compile(await response.arrayBuffer());
  },

  hardwareThreads() {
    return globalThis.navigator?.hardwareConcurrency ?? 1;
  },

  memoryBytes() {
    // Chromium alone tells, and never more than 8.
    const { deviceMemory } = navigator as { deviceMemory?: number };
    return deviceMemory === undefined || deviceMemory >= 8 ? undefined : deviceMemory * 2 ** 30;
  },

  async gpu() {
    const gpu = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
    if (gpu !== undefined) return { gpu };
    return {
      missing: globalThis.isSecureContext
        ? "this browser has no WebGPU (navigator.gpu is missing)"
        : "WebGPU needs a secure context: https or localhost (navigator.gpu is missing)",
    };
  },

  exposeGpu() {
    return () => undefined;
  },
};
