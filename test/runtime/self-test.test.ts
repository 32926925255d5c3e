import { checkDevice, DeviceError, T5Gemma2ForConditionalGeneration } from "t5gemma2";
import { expect, it } from "vitest";
import { runtime } from "../support/files.ts";
import { watchShaders } from "../support/shaders.ts";

it("a WebGPU device that computes something else is refused, or passed over where any will do", async () => {
  // One constant of one activation.
  const shaders = await watchShaders((code) => code.replace("0.7978845608", "0.8"));
  const adapters = Object.getPrototypeOf(shaders.adapter) as GPUAdapter;
  const info = Object.getOwnPropertyDescriptor(adapters, "info");
  try {
    const load = (device: "webgpu" | "auto") => T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { device });
    const failure = await load("webgpu").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DeviceError);
    expect((failure as DeviceError).message).toMatch(/computes something else than the CPU \(geglu\)/);

    // The device can still be examined.
    const report = await checkDevice({ device: "webgpu", operations: ["geglu", "append"] });
    expect(report.passed).toBe(false);
    expect(new Set(report.kernels.filter(({ passed }) => !passed).map(({ op }) => op))).toEqual(new Set(["geglu"]));

    // Node doesn't ask for an adapter where the machine shows no GPU.
    if (info !== undefined && runtime !== "node") {
      const hardware = { vendor: "test", architecture: "test", device: "", description: "" };
      Object.defineProperty(adapters, "info", { ...info, get: () => hardware });
    }
    const model = await load("auto");
    expect(model.device).toBe("wasm");
    expect(model.deviceReason).toMatch(runtime === "node" ? /no GPU/ : /computes something else than the CPU/);
    model.dispose();
  } finally {
    shaders.leave();
    if (info !== undefined) Object.defineProperty(adapters, "info", info);
  }
});
