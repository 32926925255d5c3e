import { existsSync } from "node:fs";
import { ask } from "./run.mjs";

const probe = `
  const { create } = await import("webgpu");
  const adapter = await create([]).requestAdapter();
  const { vendor, architecture, device, description } = adapter?.info ?? {};
  const names = [vendor, architecture, device, description].join(" ");
  const software = /swiftshader|llvmpipe|lavapipe|basic render|software|cpu/i.test(names);
  console.log(adapter !== null && !adapter.info.isFallbackAdapter && !software ? "hardware" : "none");
  process.exit();
`;

/** Whether Node's WebGPU finds an adapter that is more than the CPU in disguise. A child asks: a driver's crash stays there. */
export function hasHardwareGpu() {
  // On Linux a GPU shows in /dev: without one there is no need to start Dawn.
  if (process.platform === "linux" && !["/dev/dri", "/dev/nvidia0", "/dev/dxg"].some((path) => existsSync(path))) return false;
  return ask(process.execPath, ["--input-type=module", "--eval", probe]) === "hardware";
}
