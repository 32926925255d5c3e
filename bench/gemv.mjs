// The share of an adapter's streaming rate that a matrix-vector product reaches, for every dtype.
//
//   node bench/gemv.mjs [ROWS] [COLUMNS] [ROUNDS]      (deno run -A bench/gemv.mjs ...)
//
// The kernels are those of the built package: they are taken from the shaders that it compiles for its self-test, and run
// here on random weights. The limit is a kernel that only adds up the same bytes. Everything is interleaved; times are
// medians of several dispatches in one pass.
import { T5Gemma2ForConditionalGeneration } from "../dist/index.js";

const [rows = 16384, cols = 640, rounds = 15] = (globalThis.Deno?.args ?? process.argv.slice(2)).map(Number);
/** In a pass, so that waiting for it weighs little. */
const REPEATS = 8;
const blocks = Math.ceil(cols / 32);
const rowWords = { f32: cols, bf16: Math.ceil(cols / 2), f16: Math.ceil(cols / 2), q8: blocks * 8, q4: blocks * 4 };
const scaleWords = { q8: Math.ceil(blocks / 2), q4: Math.ceil(blocks / 2) };
/** A piece of each dtype's source. */
const marks = {
  f32: "var<storage, read> weights: array<vec4<f32>>",
  bf16: "word & 0xffff0000u",
  f16: "A word's two IEEE halves",
  q8: "blocks of 32 signed bytes",
  q4: "blocks of 32 nibbles",
};

async function webgpu() {
  if (globalThis.navigator?.gpu !== undefined) return Object.getPrototypeOf(await (await navigator.gpu.requestAdapter()).requestDevice());
  return (await import("webgpu")).globals.GPUDevice.prototype;
}

/** The package's one-row kernels by dtype, and the device that it opened. */
async function shippedKernels() {
  const prototype = await webgpu();
  const { createShaderModule } = prototype;
  const found = { code: {}, device: undefined };
  prototype.createShaderModule = function ({ code, ...rest }) {
    if (/fn team_sum/.test(code) && /const N: u32 = 1u/.test(code)) {
      found.device = this;
      for (const [dtype, mark] of Object.entries(marks)) if (code.includes(mark)) found.code[dtype] ??= code;
    }
    return createShaderModule.call(this, { code, ...rest });
  };
  const model = await T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { device: "webgpu" });
  prototype.createShaderModule = createShaderModule;
  return { ...found, model };
}

const { code, device, model } = await shippedKernels();
const buffer = (data) => {
  const made = device.createBuffer({ size: data.byteLength, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  device.queue.writeBuffer(made, 0, data);
  return made;
};
/** Words that are small numbers whatever they are read as. */
const words = (count) => Uint32Array.from({ length: count }, (_, i) => (0x20203c20 ^ ((i * 2654435761) & 0x0f0f0f0f)) >>> 0);

async function job(name, bytes, source, buffers, groups) {
  const module = device.createShaderModule({ code: source });
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module, entryPoint: "main" } });
  const entries = [...source.matchAll(/@binding\((\d+)\) var<[^>]*> (\w+):/g)].map(([, binding, variable]) => {
    return { binding: Number(binding), resource: { buffer: buffers[variable] } };
  });
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  const run = async () => {
    const begin = performance.now();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let i = 0; i < REPEATS; i++) pass.dispatchWorkgroups(groups);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return (performance.now() - begin) / REPEATS;
  };
  await run();
  return { name, bytes, run, times: [] };
}

const STREAM = `
@group(0) @binding(0) var<storage, read> weights: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    var sum = vec4<u32>();
    let first = group.x * 4096u + local;
    for (var i = 0u; i < 4096u; i += 64u) {
        sum += weights[first + i];
    }
    out[group.x * 64u + local] = sum.x + sum.y + sum.z + sum.w;
}`;

const x = buffer(Float32Array.from({ length: cols }, (_, i) => Math.sin(i)));
const out = buffer(new Float32Array(Math.max(rows, rows * cols / 256)));
const params = new Uint32Array(12);
params.set([cols, 1, rows, 0, rows, 0]);
const jobs = [];
for (const [dtype, source] of Object.entries(code)) {
  const size = Number(source.match(/const SIZE: u32 = (\d+)u/)[1]);
  const each = Number(source.match(/const ROWS: u32 = (\d+)u/)[1]);
  const lanes = Number(source.match(/const LANES: u32 = (\d+)u/)[1]);
  const weights = buffer(words(rows * rowWords[dtype]));
  const scales = scaleWords[dtype] && buffer(new Uint32Array(rows * scaleWords[dtype]).fill(0x20002000));
  const bytes = rows * (rowWords[dtype] + (scaleWords[dtype] ?? 0)) * 4;
  const buffers = { weights, scales, x, out, params: buffer(params) };
  jobs.push(await job(`${dtype} limit`, rows * rowWords[dtype] * 4, STREAM, buffers, Math.floor((rows * rowWords[dtype]) / 16384)));
  jobs.push(await job(dtype, bytes, source, buffers, Math.ceil(rows / ((size / lanes) * each))));
}
for (let round = 0; round < rounds; round++) for (const each of jobs) each.times.push(await each.run());

const rate = ({ times, bytes }, part) => bytes / [...times].sort((a, b) => a - b)[Math.floor((times.length - 1) * part)] / 1e6;
console.log(`${model.deviceReason}; ${rows} x ${cols}, ${rounds} rounds`);
console.log("dtype   GB/s (quartiles)      limit   share");
for (let i = 0; i < jobs.length; i += 2) {
  const [limit, own] = [jobs[i], jobs[i + 1]];
  const [low, middle, high] = [0.75, 0.5, 0.25].map((part) => rate(own, part).toFixed(3));
  const share = rate(own, 0.5) / rate(limit, 0.5);
  console.log(`${own.name.padEnd(6)}  ${middle} (${low} to ${high})  ${rate(limit, 0.5).toFixed(3)}  ${share.toFixed(2)}`);
}
model.dispose();
(globalThis.Deno ?? process).exit(0);
