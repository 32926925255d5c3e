import { onnxHandlers } from "./onnx-orders.mjs";

/** In a page: onnxruntime-web on WebGPU. */
export async function open(url, kind) {
  const ort = await import(`${url}peer/dist/ort.webgpu.min.mjs`);
  const session = (name) => ort.InferenceSession.create(`${url}files/${kind}/${name}.onnx`, { executionProviders: ["webgpu"] });
  return { info: {}, handlers: onnxHandlers(ort, session) };
}
