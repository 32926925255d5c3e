import { InputError } from "../errors.js";
import { chooseDevice } from "./adapter.js";
import type { WasmDevice } from "./glue.js";
import { countOn, type GpuCounts, noCounts } from "./gpu-counts.js";
import { featuresOf, type GpuFeatures, withFeatures } from "./gpu-features.js";
import { currentHost } from "./host.js";
import type { WasmInstance } from "./instance.js";
import { openThreads } from "./open-threads.js";
import { loadCpuModule, loadGpuModule } from "./load.js";
import { atNextDevice } from "./next-device.js";
import { selfTest } from "./self-test.js";
import { checkThreadsOption } from "./thread-choice.js";
import type { Device, DeviceOption, ThreadsOption } from "./types.js";

/** An opened device, and the wasm instance that computes on it. */
export interface Runtime {
  readonly device: Device;
  /** Why this device. */
  readonly reason: string;
  readonly instance: WasmInstance;
  readonly handle: WasmDevice;
  /** What was asked of the device so far; on the CPU nothing is. */
  readonly counts: GpuCounts;
  /** Threads that compute on the CPU. */
  readonly threads: number;
  /** Why so many. */
  readonly threadsReason: string;
  /** Says that nobody computes by way of this any more. */
  readonly close: () => void;
}

type Opened = Pick<Runtime, "handle" | "counts">;

/** The device of an instance is opened once. */
const opened = new WeakMap<WasmInstance, Promise<Opened>>();

const WISHES: readonly DeviceOption[] = ["auto", "webgpu", "wasm"];

/** Checks a device option that came from a caller. */
export function checkDeviceOption(value: unknown): DeviceOption {
  if (value === undefined) return "auto";
  const wish = WISHES.find((known) => known === value);
  if (wish === undefined) {
    throw new InputError(`device: ${JSON.stringify(value)} is not one of ${WISHES.join(", ")}`, { details: { option: "device" } });
  }
  return wish;
}

/** What {@link openRuntime} takes. */
export interface OpenOptions {
  readonly device?: DeviceOption | undefined;
  readonly threads?: ThreadsOption | undefined;
  /** Whether a WebGPU device has to pass the self-test. @default true */
  readonly selfTest?: boolean | undefined;
}

/**
 * Chooses a device, loads the binary it needs, opens it and, once, compares WebGPU with the CPU. "auto" falls back to the
 * CPU where WebGPU does not open or computes something else. On the CPU it starts the threads, until all who opened it
 * have closed it.
 *
 * @throws DeviceError if the device is missing, does not open or fails its self-test
 */
export async function openRuntime(options: OpenOptions = {}): Promise<Runtime> {
  const host = currentHost();
  const wish = checkDeviceOption(options.device);
  const { device, reason, gpu, software } = await chooseDevice(wish, host);
  if (gpu === undefined) return openCpu(reason, options.threads);
  try {
    const gpuModule = await loadGpuModule();
    const describe = ({ subgroups, shaderF16, largestBinding }: GpuFeatures): void =>
      gpuModule.call((glue) => glue.describeAdapter(software === true, subgroups, shaderF16, largestBinding));
    const runtime = await openOn(gpuModule, device, reason, { gpu, expose: () => host.exposeGpu(gpu), describe });
    if (options.selfTest !== false) await selfTest(runtime);
    return runtime;
  } catch (error) {
    if (wish !== "auto") throw error;
    const why = `WebGPU is not usable: ${error instanceof Error ? error.message : String(error)}`;
    return openCpu(why, options.threads);
  }
}

async function openCpu(reason: string, wish: ThreadsOption | undefined): Promise<Runtime> {
  const { instance, threads, threadsReason, close } = await openThreads(checkThreadsOption(wish), currentHost());
  try {
    const runtime = await openOn(instance ?? (await loadCpuModule()), "wasm", reason, undefined);
    return { ...runtime, threads, threadsReason, close };
  } catch (error) {
    close();
    throw error;
  }
}

async function openOn(instance: WasmInstance, device: Device, reason: string, found: Found | undefined): Promise<Runtime> {
  let open = opened.get(instance);
  if (open === undefined) {
    open = openDevice(instance, device, found);
    opened.set(instance, open);
    open.catch(() => opened.delete(instance));
  }
  const threads = { threads: 1, threadsReason: "the GPU computes", close: () => undefined };
  return { device, reason, instance, ...(await open), ...threads };
}

interface Found {
  readonly gpu: GPU;
  /** Lets the wasm find WebGPU; its result takes that back. */
  readonly expose: () => () => void;
  /** Tells the wasm what the device has. */
  readonly describe: (features: GpuFeatures) => void;
}

async function openDevice(instance: WasmInstance, device: Device, found: Found | undefined): Promise<Opened> {
  const counts = noCounts();
  const conceal = found?.expose();
  const letGo =
    found &&
    atNextDevice(found.gpu, withFeatures, async (gpuDevice) => {
      found.describe(await featuresOf(gpuDevice));
      countOn(gpuDevice, counts);
    });
  try {
    const handle = (await instance.run((glue) => glue.openDevice(device))) as WasmDevice;
    return { handle, counts };
  } finally {
    letGo?.();
    conceal?.();
  }
}
