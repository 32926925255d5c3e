import { LoadError } from "../errors.js";
import type { Host } from "./host.js";
import { lendWorkerScope } from "./wgpu-scope.js";

/** The optional peer that brings WebGPU to Node. A variable, so that bundlers for browsers don't look for it. */
const PEER = "webgpu";

interface DawnPackage {
  create(options: readonly string[]): GPU;
  readonly globals: Readonly<Record<string, unknown>>;
}

/** Dawn's entry is kept: its objects end with it. */
let dawn: Promise<{ gpu: GPU } | { missing: string }> | undefined;

async function openDawn(): Promise<{ gpu: GPU } | { missing: string }> {
  let peer: DawnPackage;
  try {
    peer = (await import(/* @vite-ignore */ /* webpackIgnore: true */ PEER)) as DawnPackage;
  } catch (cause) {
    const reason = cause instanceof Error && !("code" in cause && cause.code === "ERR_MODULE_NOT_FOUND") ? `: ${cause.message}` : "";
    return { missing: `Node has WebGPU by the package "webgpu", which is not installed or does not start${reason}` };
  }
  for (const [name, value] of Object.entries(peer.globals)) {
    if (!(name in globalThis)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  return { gpu: peer.create([]) };
}

/** What a GPU's driver puts into /dev on Linux: graphics cards, NVIDIA's and AMD's computing, WSL, ARM's Mali. */
const LINUX_GPUS = ["/dev/dri", "/dev/nvidia0", "/dev/kfd", "/dev/dxg", "/dev/mali0"];

/** Node and what is like it. */
export const nodeHost: Host = {
  name: "node",

  async compile(url) {
    // Asked for at run time: a browser bundle never sees the module's name as an import.
    const { readFile } = process.getBuiltinModule("node:fs/promises");
    try {
      return await WebAssembly.compile(await readFile(url));
    } catch (cause) {
      throw new LoadError(`cannot load ${url.href}`, { cause });
    }
  },

  hardwareThreads() {
    return process.getBuiltinModule("node:os").availableParallelism();
  },

  memoryBytes() {
    const total = process.getBuiltinModule("node:os").totalmem();
    // A container's own limit; far more than there is where there is none.
    return Math.min(total, process.constrainedMemory() || total);
  },

  async gpu() {
    const own = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
    return own === undefined ? (dawn ??= openDawn()) : { gpu: own };
  },

  // Software drivers write to standard error when they are asked, and that is not ours to litter.
  withoutHardware() {
    if (process.platform !== "linux") return undefined;
    const { existsSync } = process.getBuiltinModule("node:fs");
    return LINUX_GPUS.some((path) => existsSync(path)) ? undefined : "this machine has no GPU";
  },

  exposeGpu(gpu) {
    const scope = globalThis as { navigator?: { gpu?: GPU } };
    if (scope.navigator === undefined) {
      Object.defineProperty(scope, "navigator", { value: {}, configurable: true, writable: true });
    }
    const navigator = scope.navigator as { gpu?: GPU };
    if (navigator.gpu === undefined) Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
    return lendWorkerScope();
  },
};
