/** What kernels use where a device has it. */
export interface GpuFeatures {
  readonly subgroups: boolean;
  readonly shaderF16: boolean;
  /** In bytes, as far as 32 bits count them. */
  readonly largestBinding: number;
}

/** What wgpu on wasm does not ask for by itself. */
const UNKNOWN_TO_WGPU = "subgroups" as GPUFeatureName;

/** The same wish, and the features that kernels can use besides. */
export function withFeatures(adapter: GPUAdapter, wish: GPUDeviceDescriptor): GPUDeviceDescriptor {
  if (!adapter.features.has(UNKNOWN_TO_WGPU)) return wish;
  return { ...wish, requiredFeatures: [...new Set([...(wish.requiredFeatures ?? []), UNKNOWN_TO_WGPU])] };
}

/** What a device has, as far as it works the way kernels need it. */
export async function featuresOf(device: GPUDevice): Promise<GpuFeatures> {
  return {
    subgroups: device.features.has(UNKNOWN_TO_WGPU) && (await hasOrderedSubgroups(device)),
    shaderF16: device.features.has("shader-f16"),
    largestBinding: Math.min(device.limits.maxStorageBufferBindingSize, 2 ** 32 - 1),
  };
}

/** Counts the invocations that are not where their index says: WebGPU leaves that open, and kernels rely on it. */
const MISPLACED = `enable subgroups;
@group(0) @binding(0) var<storage, read_write> misplaced: atomic<u32>;

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) local: u32,
    @builtin(subgroup_invocation_id) lane: u32,
    @builtin(subgroup_size) size: u32,
) {
    let first = subgroupBroadcastFirst(local);
    let count = subgroupAdd(1u);
    if (first % size != 0u || local - first != lane || count != size) {
        atomicAdd(&misplaced, 1u);
    }
}`;

// GPUBufferUsage, which Node does not have as a global.
const MAP_READ = 1;
const COPY_SRC = 4;
const COPY_DST = 8;
const STORAGE = 128;

async function hasOrderedSubgroups(device: GPUDevice): Promise<boolean> {
  const buffers: GPUBuffer[] = [];
  try {
    const module = device.createShaderModule({ code: MISPLACED });
    const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module } });
    const buffer = (usage: number): GPUBuffer => {
      const created = device.createBuffer({ size: 4, usage });
      buffers.push(created);
      return created;
    };
    const misplaced = buffer(STORAGE | COPY_SRC);
    const answer = buffer(MAP_READ | COPY_DST);
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer: misplaced } }] }));
    pass.dispatchWorkgroups(4);
    pass.end();
    encoder.copyBufferToBuffer(misplaced, 0, answer, 0, 4);
    device.queue.submit([encoder.finish()]);
    await answer.mapAsync(MAP_READ);
    return new Uint32Array(answer.getMappedRange())[0] === 0;
  } catch {
    // Named, but not to be used: kernels do without.
    return false;
  } finally {
    for (const buffer of buffers) buffer.destroy();
  }
}
