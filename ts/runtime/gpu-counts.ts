import { replace } from "./next-device.js";

/** What a WebGPU device was asked for. */
export interface GpuCounts {
  dispatches: number;
  /** Buffers that the host wrote to. */
  hostWrites: number;
  /** Buffers that the host read. */
  hostReads: number;
}

/** No device, no counts. */
export function noCounts(): GpuCounts {
  return { dispatches: 0, hostWrites: 0, hostReads: 0 };
}

/** Counts what is asked of a device from now on. */
export function countOn(device: GPUDevice, counts: GpuCounts): void {
  replace(device, "createCommandEncoder", (create) => (...wish) => {
    const encoder = create(...wish);
    replace(encoder, "beginComputePass", (begin) => (...how) => {
      const pass = begin(...how);
      const counted = <F extends (...values: never[]) => undefined>(dispatch: F): F => ((...values: Parameters<F>) => {
        counts.dispatches += 1;
        return dispatch(...values);
      }) as F;
      replace(pass, "dispatchWorkgroups", counted);
      replace(pass, "dispatchWorkgroupsIndirect", counted);
      return pass;
    });
    return encoder;
  });
  replace(device, "createBuffer", (create) => (wish) => {
    const buffer = create(wish);
    if (wish.mappedAtCreation === true) counts.hostWrites += 1;
    replace(buffer, "mapAsync", (map) => (...how) => {
      counts.hostReads += 1;
      return map(...how);
    });
    return buffer;
  });
  replace(device.queue, "writeBuffer", (write) => (...values) => {
    counts.hostWrites += 1;
    return write(...values);
  });
}
