import type { SafetensorsHead } from "../hub/index.js";
import type { Device, Dtype } from "../runtime/types.js";

/** The choice of a dtype, and the sentence that explains it. */
export interface DtypeChoice {
  readonly dtype: Dtype;
  readonly reason: string;
}

/** Where the weights are to lie. */
export interface Place {
  readonly device: Device;
  /** Bytes of the machine's memory, where that can be told. */
  readonly memoryBytes: number | undefined;
}

/** What wasm can address, less what a long input needs beside the weights. */
const WASM_BYTES = 3.5 * 2 ** 30;

/** The part of a machine's memory that weights may take by themselves. */
const SHARE = 0.5;

/** Bytes an element. */
const SIZES: Readonly<Record<Dtype, number>> = { f32: 4, bf16: 2, f16: 2, q8: 34 / 32, q4: 18 / 32 };

/**
 * Turns the wish into a dtype. "auto" keeps all that the checkpoint has (bfloat16 as it is; float16 as it is on a GPU, which
 * widens it in passing, and as f32 on the CPU, which does not) if the memory allows, and else takes the best that fits.
 */
export function chooseDtype(wish: "auto" | Dtype, heads: readonly SafetensorsHead[], { device, memoryBytes }: Place): DtypeChoice {
  if (wish !== "auto") return { dtype: wish, reason: "asked for" };
  const { elements, kinds } = stored(heads);
  const room = Math.min(device === "wasm" ? WASM_BYTES : Infinity, memoryBytes === undefined ? Infinity : SHARE * memoryBytes);
  const only = kinds.length === 1 ? kinds[0] : undefined;
  const [whole, ...lesser] = candidates(only, device);
  const what = only === "BF16" ? "the checkpoint is bfloat16" : only === "F16" ? "the checkpoint is float16" : `the checkpoint is not all bfloat16 (${kinds.join(", ") || "no weights"})`;
  if (elements * SIZES[whole] <= room) return { dtype: whole, reason: what };
  const dtype = lesser.find((dtype) => elements * SIZES[dtype] <= room) ?? "q4";
  return { dtype, reason: `${what}, and ${whole} would take ${gigabytes(elements * SIZES[whole])} of the ${gigabytes(room)} that weights may take on ${device} here` };
}

/** What keeps all there is, then what keeps less. */
function candidates(only: string | undefined, device: Device): [Dtype, ...Dtype[]] {
  if (only === "BF16") return ["bf16", "q8", "q4"];
  if (only === "F16") return device === "webgpu" ? ["f16", "q8", "q4"] : ["f32", "f16", "q8", "q4"];
  return ["f32", "q8", "q4"];
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

/** Elements and their types, as the headers have them; the loader says what is wrong with one that can't be read. */
function stored(heads: readonly SafetensorsHead[]): { elements: number; kinds: string[] } {
  let elements = 0;
  const kinds = new Set<string>();
  for (const { head } of heads) {
    for (const [name, tensor] of Object.entries(tensorsOf(head))) {
      if (name === "__metadata__") continue;
      kinds.add(String(tensor.dtype));
      const { shape } = tensor;
      if (Array.isArray(shape)) elements += shape.reduce<number>((product, size) => product * Number(size), 1);
    }
  }
  return { elements, kinds: [...kinds].sort() };
}

function tensorsOf(head: Uint8Array): Record<string, { dtype?: unknown; shape?: unknown }> {
  try {
    return JSON.parse(new TextDecoder().decode(head.subarray(8))) as Record<string, { dtype?: unknown; shape?: unknown }>;
  } catch {
    return {};
  }
}
