import { describe, expect, it } from "vitest";
import { DeviceError } from "../../../ts/errors.js";
import { chooseDevice } from "../../../ts/runtime/adapter.js";
import type { Host } from "../../../ts/runtime/host.js";

/** A host whose WebGPU has this adapter; null for none, undefined for no WebGPU at all. */
function host(adapter: { info: object; features?: string[] } | null | undefined): Host {
  const found = adapter && { info: adapter.info, features: new Set(adapter.features ?? ["timestamp-query"]) };
  const gpu = { requestAdapter: async () => found ?? null } as unknown as GPU;
  return {
    name: "node",
    compile: async () => Promise.reject(new Error("not needed")),
    hardwareThreads: () => 1,
    memoryBytes: () => undefined,
    gpu: async () => (adapter === undefined ? { missing: "navigator.gpu is missing" } : { gpu }),
    exposeGpu: () => () => undefined,
  };
}

const hardware = { vendor: "nvidia", architecture: "turing", device: "", description: "" };
const software = [
  { vendor: "google", architecture: "swiftshader", device: "", description: "" },
  { vendor: "mesa", architecture: "", device: "", description: "llvmpipe (LLVM 19.1.7, 256 bits)" },
  { vendor: "microsoft", architecture: "", device: "", description: "Microsoft Basic Render Driver" },
  { ...hardware, isFallbackAdapter: true },
];

describe("the choice of a device", () => {
  it("takes WebGPU on a hardware adapter, and names it", async () => {
    expect(await chooseDevice("auto", host({ info: hardware }))).toMatchObject({ device: "webgpu", reason: "hardware adapter: nvidia turing" });
  });

  it.each(software)("leaves a software adapter for the CPU: %o", async (info) => {
    const choice = await chooseDevice("auto", host({ info }));
    expect(choice.device).toBe("wasm");
    expect(choice.reason).toContain("software");
    expect((await chooseDevice("webgpu", host({ info }))).device).toBe("webgpu");
  });

  it.each([
    ["navigator.gpu", undefined],
    ["no adapter", null],
    ["timestamp-query", { info: hardware, features: ["shader-f16"] }],
  ] as const)("says what is missing: %s", async (missing, adapter) => {
    const choice = await chooseDevice("auto", host(adapter as Parameters<typeof host>[0]));
    expect(choice).toMatchObject({ device: "wasm", reason: expect.stringContaining(missing) });
    const refusal = await chooseDevice("webgpu", host(adapter as Parameters<typeof host>[0])).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(DeviceError);
    expect((refusal as DeviceError).message).toContain(missing);
  });

  it("wakes no driver up where there is no hardware, unless told to", async () => {
    const bare = { ...host({ info: hardware }), withoutHardware: () => "this machine has no GPU" };
    expect(await chooseDevice("auto", bare)).toEqual({ device: "wasm", reason: "this machine has no GPU" });
    expect((await chooseDevice("webgpu", bare)).device).toBe("webgpu");
  });

  it("doesn't look for a GPU when told to take the CPU", async () => {
    const blind = { ...host(undefined), gpu: async () => Promise.reject(new Error("asked")) };
    expect(await chooseDevice("wasm", blind)).toEqual({ device: "wasm", reason: "asked for" });
    expect(await chooseDevice("auto", blind)).toMatchObject({ device: "wasm", reason: expect.stringContaining("asked") });
  });
});
