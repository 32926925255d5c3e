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

/**
 * Counts what is asked of the device that is opened next.
 *
 * @returns takes back what only the search for that device needed
 */
export function countNextDevice(gpu: GPU, counts: GpuCounts): () => void {
  replace(gpu, "requestAdapter", (request) => async (...options: Parameters<GPU["requestAdapter"]>) => {
    const adapter = await request(...options);
    if (adapter === null) return adapter;
    replace(adapter, "requestDevice", (open) => async (...wish: Parameters<GPUAdapter["requestDevice"]>) => {
      const device = await open(...wish);
      count(device, counts);
      return device;
    });
    return adapter;
  });
  return () => delete (gpu as Partial<GPU>).requestAdapter;
}

function count(device: GPUDevice, counts: GpuCounts): void {
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

/** Puts another method before an object's own; nobody else's objects change. */
function replace<T extends object, K extends keyof T>(target: T, name: K, other: (original: T[K]) => T[K]): void {
  const method = target[name] as (...values: unknown[]) => unknown;
  const value = other(((...values: unknown[]) => method.apply(target, values)) as T[K]);
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
}
