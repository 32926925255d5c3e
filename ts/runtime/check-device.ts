import { InputError } from "../errors.js";
import { checkOptions } from "../options.js";
import { openRuntime } from "./runtime.js";
import type { Device, DeviceOption, ThreadsOption } from "./types.js";

/** How one case of one operation fared on a device. */
export interface KernelReport {
  /** The operation, such as "linear"; "model" is a small model's steps. */
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
  /** Threads that computed on the CPU. */
  readonly threads: number;
  /** Whether every case passed. */
  readonly passed: boolean;
  readonly kernels: readonly KernelReport[];
}

/** What `checkDevice` takes. */
export interface CheckDeviceOptions {
  readonly device?: DeviceOption | undefined;
  /** Threads on the CPU. @default "auto" */
  readonly threads?: ThreadsOption | undefined;
  /** The operations to check, as the reports name them; default: all. */
  readonly operations?: readonly string[] | undefined;
}

/**
 * Runs every kernel of the package, and a small model, on a device and compares them with the CPU: for devices or drivers
 * whose answers look wrong. Takes seconds on a GPU.
 *
 * @throws DeviceError if the device is missing or does not open, InputError for an unknown option
 */
export async function checkDevice(options: CheckDeviceOptions = {}): Promise<DeviceReport> {
  checkOptions("checkDevice", options, ["device", "threads", "operations"]);
  const operations = options.operations ?? [];
  const { device, reason, instance, handle, threads, close } = await openRuntime({ device: options.device, threads: options.threads, selfTest: false });
  let json: string;
  try {
    json = (await instance.run((glue) => glue.checkKernels(handle, [...operations]))) as string;
  } finally {
    close();
  }
  const kernels = JSON.parse(json) as KernelReport[];
  const unknown = operations.find((name) => !kernels.some(({ op }) => op === name));
  if (unknown !== undefined) throw new InputError(`operations: there is no operation "${unknown}"`, { details: { argument: "operations" } });
  return { device, deviceReason: reason, threads, passed: kernels.every(({ passed }) => passed), kernels };
}
