// The CPU's limit: how fast one thread of WebAssembly reads memory with SIMD.
import { contest } from "../lib/contestant.mjs";

const [megabytes = "256"] = process.argv.slice(2);
const bytes = Number(megabytes) << 20;

const [v128, i32, local] = [0x7b, 0x7f, 0x20];
const load = (accumulator) => [local, accumulator, local, 0, 0xfd, 0x00, 4, 16 * (accumulator - 2), 0xfd, 0xe4, 0x01, 0x21, accumulator];
const body = [
  ...[1, 4, v128], // locals 2 to 5: accumulators
  ...[0x03, 0x40], // loop
  ...[2, 3, 4, 5].flatMap(load), // accumulator += v128.load(pointer + 16 * i), as f32x4
  ...[local, 0, 0x41, 0xc0, 0x00, 0x6a, 0x22, 0, local, 1, 0x49, 0x0d, 0], // pointer += 64; again while pointer < end
  ...[0x0b, local, 2, local, 3, 0xfd, 0xe4, 0x01, local, 4, local, 5, 0xfd, 0xe4, 0x01, 0xfd, 0xe4, 0x01, 0xfd, 0x1f, 0],
  0x0b,
];
const section = (id, content) => [id, ...leb(content.length), ...content];
function leb(number) {
  return number < 128 ? [number] : [(number & 127) | 128, ...leb(number >>> 7)];
}
const pages = leb(bytes / 65536);
const module = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, [1, 0x60, 2, i32, i32, 1, 0x7d]),
  ...section(3, [1, 0]),
  ...section(5, [1, 0, ...pages]),
  ...section(7, [2, 1, 0x6d, 2, 0, 1, 0x73, 0, 0]),
  ...section(10, [1, ...leb(body.length), ...body]),
]);
const { instance } = await WebAssembly.instantiate(module);
new Uint8Array(instance.exports.m.buffer).fill(0);

await contest(
  {},
  {
    async stream() {
      const begin = performance.now();
      instance.exports.s(0, bytes);
      return { gigabytesPerSecond: bytes / 1e6 / (performance.now() - begin) };
    },
  },
);
