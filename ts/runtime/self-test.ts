import { DeviceError } from "../errors.js";
import type { KernelReport } from "./check-device.js";
import type { Runtime } from "./runtime.js";
import type { WasmInstance } from "./instance.js";

/** A device is tested once; one that has failed stays refused. */
const tested = new WeakMap<WasmInstance, Promise<void>>();

/**
 * Compares a case of every kind of kernel, about two dozen small ones, and the steps of a small model with the CPU: drivers
 * that compute something else exist, and their answers look like a model's. On a GPU it costs the compilation of kernels, most
 * of which a model needs anyway.
 *
 * @throws DeviceError that names the operations at fault
 */
export function selfTest(runtime: Runtime): Promise<void> {
  let test = tested.get(runtime.instance);
  if (test === undefined) {
    test = run(runtime);
    tested.set(runtime.instance, test);
  }
  return test;
}

async function run({ instance, handle, device }: Runtime): Promise<void> {
  const json = (await instance.run((glue) => glue.selfTest(handle))) as string;
  const failed = (JSON.parse(json) as KernelReport[]).filter(({ passed }) => !passed);
  if (failed.length === 0) return;
  const operations = [...new Set(failed.map(({ op }) => op))].join(", ");
  const message = `the WebGPU device computes something else than the CPU (${operations}); checkDevice says how far off it is`;
  throw new DeviceError(message, { details: { device, operations } });
}
