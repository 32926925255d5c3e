import { T5Gemma2ForConditionalGeneration } from "t5gemma2";
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

/** What the shader that looks where invocations lie in their subgroups has, and no kernel. */
export const PLACE = "local - first != lane";

/** The shaders of opening a device and its self-test: that which looks at subgroups, and the kernels'. */
export async function shadersOfOpening(change?: (code: string) => string) {
  const { adapter, leave } = await watchShaders(change);
  let seen: string[] = [];
  try {
    const model = await T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { device: "webgpu" });
    model.dispose();
  } finally {
    seen = leave();
  }
  const isProbe = (code: string): boolean => code.includes(PLACE);
  return { features: adapter.features, probes: seen.filter(isProbe), kernels: seen.filter((code) => !isProbe(code)) };
}
