import { expect, it } from "vitest";
import { chooseDtype } from "../../../ts/models/dtype-choice.js";
import type { Device, Dtype } from "../../../ts/runtime/types.js";

const GiB = 2 ** 30;

/** The head of a file with one tensor a type, `elements` in all. */
function headOf(elements: number, ...kinds: string[]) {
  const tensors = kinds.map((dtype, index) => [`tensor${index}`, { dtype, shape: [elements / kinds.length / 2, 2], data_offsets: [0, 0] }]);
  const json = JSON.stringify({ __metadata__: { format: "pt" }, ...Object.fromEntries(tensors) });
  return [{ head: new TextEncoder().encode(`\0\0\0\0\0\0\0\0${json}`), size: 0 }];
}

it.each<[string, number, Device, number | undefined, Dtype, RegExp]>([
  ["BF16", 0.5 * GiB, "wasm", 16 * GiB, "bf16", /^the checkpoint is bfloat16$/],
  ["BF16", 1.5 * GiB, "wasm", undefined, "bf16", /bfloat16$/],
  ["BF16", 2 * GiB, "wasm", 64 * GiB, "q8", /bf16 would take 4.0 GiB of the 3.5 GiB that weights may take on wasm here/],
  ["BF16", 4 * GiB, "wasm", 64 * GiB, "q4", /bf16 would take 8.0 GiB/],
  ["BF16", 2 * GiB, "webgpu", 64 * GiB, "bf16", /bfloat16$/],
  ["BF16", 2 * GiB, "webgpu", 6 * GiB, "q8", /bf16 would take 4.0 GiB of the 3.0 GiB that weights may take on webgpu here/],
  ["BF16", 64 * GiB, "wasm", 4 * GiB, "q4", /bf16 would take/],
  ["F16", 0.5 * GiB, "webgpu", undefined, "f16", /^the checkpoint is float16$/],
  ["F16", 0.5 * GiB, "wasm", undefined, "f32", /^the checkpoint is float16$/],
  ["F16", 1.5 * GiB, "wasm", undefined, "f16", /f32 would take 6.0 GiB/],
  ["F32", 0.5 * GiB, "wasm", undefined, "f32", /not all bfloat16 \(F32\)/],
  ["F32", GiB, "wasm", undefined, "q8", /f32 would take 4.0 GiB/],
])("%s, %d elements, on %s with %s bytes: %s", (kind, elements, device, memoryBytes, dtype, reason) => {
  const choice = chooseDtype("auto", headOf(elements, kind), { device, memoryBytes });
  expect(choice).toEqual({ dtype, reason: expect.stringMatching(reason) });
});

it("counts all files, and names what a mixed checkpoint holds", () => {
  const heads = [...headOf(GiB / 2, "BF16"), ...headOf(GiB / 2, "F32", "BF16")];
  expect(chooseDtype("auto", heads, { device: "wasm", memoryBytes: undefined })).toEqual({ dtype: "q8", reason: expect.stringMatching(/BF16, F32.*f32 would take 4.0 GiB/) });
});

it("takes what is asked for, and leaves a head that can't be read to the loader", () => {
  expect(chooseDtype("q4", headOf(8, "BF16"), { device: "wasm", memoryBytes: 1 })).toEqual({ dtype: "q4", reason: "asked for" });
  const broken = [{ head: new Uint8Array(20), size: 0 }];
  expect(chooseDtype("auto", broken, { device: "wasm", memoryBytes: undefined })).toMatchObject({ dtype: "f32", reason: expect.stringMatching(/no weights/) });
});
