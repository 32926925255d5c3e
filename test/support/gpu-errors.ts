import { afterAll, afterEach, expect } from "vitest";
import { runtime } from "./files.ts";

// On the global object: in the browser a set-up file and a test's import are two instances of this module.
const shared = globalThis as { uncapturedGpuErrors?: string[] };

/** The errors that no error scope caught, on any device of this runtime, since the last call. */
export function takeGpuErrors(): string[] {
  return shared.uncapturedGpuErrors?.splice(0) ?? [];
}

async function watchDevices(): Promise<void> {
  const errors: string[] = (shared.uncapturedGpuErrors = []);
  // Dawn's classes are the package's own until somebody makes them global.
  const classes: object = runtime === "node" ? (await import(/* @vite-ignore */ "webgpu")).globals : globalThis;
  const { prototype } = (classes as { GPUAdapter: { prototype: GPUAdapter } }).GPUAdapter;
  const requestDevice = prototype.requestDevice;
  prototype.requestDevice = async function (descriptor?: GPUDeviceDescriptor) {
    const device = await requestDevice.call(this, descriptor);
    device.addEventListener("uncapturederror", (event) => {
      errors.push(event.error.message);
    });
    return device;
  };

  // WebGPU reports most mistakes to nobody in particular: without this, a test with a failed dispatch could pass.
  const noErrors = () => expect(takeGpuErrors(), "uncaptured WebGPU errors").toEqual([]);
  afterEach(noErrors);
  afterAll(noErrors);
}

if (shared.uncapturedGpuErrors === undefined) await watchDevices();
