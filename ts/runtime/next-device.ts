/**
 * Has a say in the device that is opened next: wgpu on wasm asks for it, out of our reach.
 *
 * @param ask changes what is asked of the adapter
 * @param opened gets the device before whoever asked for it
 * @returns takes back what only the search for that device needed
 */
export function atNextDevice(
  gpu: GPU,
  ask: (adapter: GPUAdapter, wish: GPUDeviceDescriptor) => GPUDeviceDescriptor,
  opened: (device: GPUDevice) => Promise<void>,
): () => void {
  replace(gpu, "requestAdapter", (request) => async (...options: Parameters<GPU["requestAdapter"]>) => {
    const adapter = await request(...options);
    if (adapter === null) return adapter;
    replace(adapter, "requestDevice", (open) => async (wish: GPUDeviceDescriptor = {}) => {
      const device = await open(ask(adapter, wish));
      await opened(device);
      return device;
    });
    return adapter;
  });
  return () => delete (gpu as Partial<GPU>).requestAdapter;
}

/** Puts another method before an object's own; nobody else's objects change. */
export function replace<T extends object, K extends keyof T>(target: T, name: K, other: (original: T[K]) => T[K]): void {
  const method = target[name] as (...values: unknown[]) => unknown;
  const value = other(((...values: unknown[]) => method.apply(target, values)) as T[K]);
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
}
