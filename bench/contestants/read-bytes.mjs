// node bench/contestants/read-bytes.mjs DEVICE FOLDER: the limit of loading, which reads a checkpoint's bytes and puts them where
// the device computes, a few MiB at a time.
import { open } from "node:fs/promises";
import { join } from "node:path";
import { contest } from "../lib/contestant.mjs";

const CHUNK = 4 << 20;
const PAGE = 64 << 10;
const [device, folder] = process.argv.slice(2);

function intoWasm(bytes) {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
  return { write: (at, chunk) => new Uint8Array(memory.buffer, at, chunk.length).set(chunk), settle: () => undefined };
}

async function intoBuffers(bytes) {
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  // Kept: Dawn goes down with the object that made the adapter.
  globalThis.benchGpu = create([]);
  const device = await (await globalThis.benchGpu.requestAdapter()).requestDevice();
  const buffers = Array.from({ length: Math.ceil(bytes / CHUNK) }, () => device.createBuffer({ size: CHUNK, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST }));
  return {
    write: (at, chunk) => device.queue.writeBuffer(buffers[Math.floor(at / CHUNK)], 0, chunk, 0, chunk.length - (chunk.length % 4)),
    settle: () => device.queue.onSubmittedWorkDone(),
  };
}

const file = await open(join(folder, "model.safetensors"));
const { size } = await file.stat();
const begin = performance.now();
const { write, settle } = await (device === "wasm" ? intoWasm(size) : intoBuffers(size));
const chunk = new Uint8Array(CHUNK);
for (let at = 0; at < size; at += CHUNK) {
  const { bytesRead } = await file.read(chunk, 0, CHUNK, at);
  write(at, chunk.subarray(0, bytesRead));
}
await settle();
const loadMs = performance.now() - begin;
await file.close();
await contest({ loadMs }, {});
