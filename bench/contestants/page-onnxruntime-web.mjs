import { onnxHandlers } from "./onnx-orders.mjs";

/** In a page: onnxruntime-web on WebGPU. */
export async function open(url, kind) {
  const ort = await import(`${url}peer/dist/ort.webgpu.min.mjs`);
  const begin = performance.now();
  const session = (name) => ort.InferenceSession.create(`${url}files/${kind}/${name}.onnx`, { executionProviders: ["webgpu"] });
  const sessions = { encoder: await session("encoder"), decoder: await session("decoder") };
  return { info: { loadMs: performance.now() - begin }, handlers: onnxHandlers(ort, sessions) };
}
