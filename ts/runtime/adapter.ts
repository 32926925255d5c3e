import { DeviceError } from "../errors.js";
import type { Host } from "./host.js";
import type { Device, DeviceOption } from "./types.js";

/** The choice of a device, and the sentence that explains it. */
export interface DeviceChoice {
  readonly device: Device;
  readonly reason: string;
  /** Set when the device is "webgpu". */
  readonly gpu?: GPU;
  /** Whether the adapter computes on the CPU: it gets other kernels. */
  readonly software?: boolean;
}

/** Names by which adapters that compute on the CPU give themselves away. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|softwarerasterizer|basic render|\bwarp\b|software|\bcpu\b/i;

/** wgpu on wasm asks for it whatever it is going to do. */
const NEEDED_FEATURE = "timestamp-query";

interface Probe {
  readonly gpu: GPU;
  readonly name: string;
  readonly software: boolean;
}

async function probe(host: Host): Promise<Probe | { readonly missing: string }> {
  const found = await host.gpu();
  if ("missing" in found) return found;
  const adapter = await found.gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) return { missing: "WebGPU finds no adapter here" };
  const { vendor, architecture, device, description } = adapter.info;
  const name = [description, vendor, architecture, device].filter(Boolean).join(" ") || "an unnamed adapter";
  if (!adapter.features.has(NEEDED_FEATURE)) {
    return { missing: `the WebGPU adapter (${name}) lacks the feature ${NEEDED_FEATURE}` };
  }
  const flagged = adapter.info as GPUAdapterInfo & { readonly isFallbackAdapter?: boolean };
  return { gpu: found.gpu, name, software: flagged.isFallbackAdapter === true || SOFTWARE.test(name) };
}

/**
 * Turns the wish into a device. "auto" takes WebGPU on a hardware adapter only: a software one is slower than the CPU
 * path, which has the same cores without the detour.
 *
 * @throws DeviceError if "webgpu" is asked for and something is missing: the message says what.
 */
export async function chooseDevice(wish: DeviceOption, host: Host): Promise<DeviceChoice> {
  if (wish === "wasm") return { device: "wasm", reason: "asked for" };
  const without = wish === "auto" ? host.withoutHardware?.() : undefined;
  if (without !== undefined) return { device: "wasm", reason: without };
  let found: Awaited<ReturnType<typeof probe>>;
  try {
    found = await probe(host);
  } catch (cause) {
    found = { missing: `WebGPU does not start: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
  if (wish === "webgpu") {
    if ("missing" in found) throw new DeviceError(found.missing, { details: { device: "webgpu" } });
    return { device: "webgpu", reason: `asked for; adapter: ${found.name}`, gpu: found.gpu, software: found.software };
  }
  if ("missing" in found) return { device: "wasm", reason: found.missing };
  if (found.software) {
    return { device: "wasm", reason: `the only WebGPU adapter is software (${found.name}), slower than wasm on the CPU` };
  }
  return { device: "webgpu", reason: `hardware adapter: ${found.name}`, gpu: found.gpu, software: false };
}
