import { runtime } from "./files.ts";

/** This runtime's WebGPU, found without the help of the package under test. */
export async function findGpu(): Promise<GPU | undefined> {
  if (runtime !== "node") return navigator.gpu;
  const { create } = await import(/* @vite-ignore */ "webgpu");
  return create([]);
}
