import { Tensor } from "t5gemma2";

/** The float32 tensors of a safetensors file, by name. */
export function readTensors(bytes: Uint8Array<ArrayBuffer>): Map<string, Tensor<"float32">> {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = new Map<string, Tensor<"float32">>();
  for (const [name, { dtype, shape, data_offsets: [begin, end] }] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    if (dtype !== "F32") throw new Error(`${name} is ${dtype}`);
    // Copied, since a file's tensors need not lie at multiples of four.
    tensors.set(name, new Tensor("float32", new Float32Array(bytes.slice(8 + length + begin, 8 + length + end).buffer), shape));
  }
  return tensors;
}
