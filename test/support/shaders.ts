import { findGpu } from "./gpu.ts";

/** The shaders that come from now on. */
export interface Shaders {
  readonly adapter: GPUAdapter;
  /** Stops watching; all that came. */
  leave(): string[];
}

/** Watches what shaders this runtime's devices are given, and changes them on the way. */
export async function watchShaders(change: (code: string) => string = (code) => code): Promise<Shaders> {
  const adapter = (await (await findGpu())!.requestAdapter())!;
  const devices = Object.getPrototypeOf(await adapter.requestDevice()) as GPUDevice;
  const { createShaderModule } = devices;
  const seen: string[] = [];
  devices.createShaderModule = function (descriptor) {
    seen.push(descriptor.code);
    return createShaderModule.call(this, { ...descriptor, code: change(descriptor.code) });
  };
  const leave = (): string[] => {
    devices.createShaderModule = createShaderModule;
    return seen;
  };
  return { adapter, leave };
}
