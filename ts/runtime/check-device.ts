import { checkOptions } from "../options.js";
import { openRuntime } from "./runtime.js";
import type { Device, DeviceOption } from "./types.js";

/** How one case of one operation fared on a device. */
export interface KernelReport {
  /** The operation, such as "linear". */
  readonly op: string;
  /** What is special about the case. */
  readonly label: string;
  /** Largest difference to the plain computation on the CPU, over the largest result; null where it is infinite. */
  readonly difference: number | null;
  /** What the difference may be. */
  readonly tolerance: number;
  readonly passed: boolean;
  /** Why there is no result, if there is none. */
  readonly error: string | null;
}

/** What `checkDevice` found. */
export interface DeviceReport {
  readonly device: Device;
  /** Why this device. */
  readonly deviceReason: string;
  /** Whether every case passed. */
  readonly passed: boolean;
  readonly kernels: readonly KernelReport[];
}

/**
 * Runs every kernel of the package on a device and compares it with a plain computation on the CPU: for devices or drivers
 * whose answers look wrong. Takes seconds on a GPU.
 *
 * @throws DeviceError if the device is missing or does not open, InputError for an unknown option
 */
export async function checkDevice(options: { device?: DeviceOption | undefined } = {}): Promise<DeviceReport> {
  checkOptions("checkDevice", options, ["device"]);
  const { device, reason, instance, handle } = await openRuntime(options);
  const json = (await instance.run((glue) => glue.checkKernels(handle))) as string;
  const kernels = JSON.parse(json) as KernelReport[];
  return { device, deviceReason: reason, passed: kernels.every(({ passed }) => passed), kernels };
}
