import { T5Gemma2ForConditionalGeneration } from "../../dist/index.js";
import { handlers } from "./t5gemma2-orders.mjs";

/** In a page: this package on WebGPU. */
export async function open(url, dtype) {
  const begin = performance.now();
  const model = await T5Gemma2ForConditionalGeneration.fromPretrained(`${url}files/`, { device: "webgpu", dtype, cache: false });
  return { info: { loadMs: performance.now() - begin, dtype: model.dtype }, handlers: handlers(model) };
}
