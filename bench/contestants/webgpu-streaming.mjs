// The adapter's limit: how fast a plain kernel reads buffers.
import { create, globals } from "webgpu";
import { contest } from "../lib/contestant.mjs";

const words = 16 << 20; // 64 MiB a buffer
const invocations = 256 * 64;
const code = `
@group(0) @binding(0) var<storage, read> input: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4f>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  var a = vec4f(); var b = vec4f(); var c = vec4f(); var d = vec4f();
  let count = arrayLength(&input) / ${invocations}u;
  // Neighbours read neighbouring words: what suits a hardware adapter; a software one does not mind.
  for (var i = 0u; i < count; i += 4u) {
    let at = i * ${invocations}u + id.x;
    a += input[at]; b += input[at + ${invocations}u]; c += input[at + ${2 * invocations}u]; d += input[at + ${3 * invocations}u];
  }
  output[id.x] = a + b + c + d;
}`;

Object.assign(globalThis, globals);
// Kept: Dawn goes down with the object that made the adapter.
const gpu = (globalThis.benchGpu = create([]));
const adapter = await gpu.requestAdapter();
const device = await adapter.requestDevice();
const pipeline = device.createComputePipeline({ layout: "auto", compute: { module: device.createShaderModule({ code }), entryPoint: "main" } });
const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
const inputs = [0, 1, 2, 3].map(() => device.createBuffer({ size: 4 * words, usage: STORAGE }));
const output = device.createBuffer({ size: 16 * invocations, usage: STORAGE | COPY_SRC });
const back = device.createBuffer({ size: 16, usage: MAP_READ | COPY_DST });
const groups = inputs.map((buffer) =>
  device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [buffer, output].map((each, binding) => ({ binding, resource: { buffer: each } })) }),
);

async function pass() {
  const encoder = device.createCommandEncoder();
  const compute = encoder.beginComputePass();
  compute.setPipeline(pipeline);
  for (const group of groups) {
    compute.setBindGroup(0, group);
    compute.dispatchWorkgroups(invocations / 64);
  }
  compute.end();
  encoder.copyBufferToBuffer(output, 0, back, 0, 16);
  device.queue.submit([encoder.finish()]);
  await back.mapAsync(GPUMapMode.READ);
  back.unmap();
}

await pass();
await contest(
  { adapter: adapter.info.description },
  {
    async stream() {
      const begin = performance.now();
      await pass();
      return { gigabytesPerSecond: (16 * words) / 1e6 / (performance.now() - begin) };
    },
  },
);
