import { checkDevice } from "t5gemma2";
import { expect, it } from "vitest";
import { devices, runtime } from "../support/files.ts";

const operations = ["append", "argmax", "attention", "linear", "merged_attention", "rms_norm"];

// Chromium compiles and runs WGSL with what serves Node, Tint and SwiftShader, and takes minutes for it.
const checked = devices.filter((device) => device === "wasm" || runtime !== "browser");

it.each(checked)("every kernel gives what the plain computation gives, on %s", async (device) => {
  const report = await checkDevice({ device });
  expect(report.device).toBe(device);
  expect(report.kernels.filter(({ passed }) => !passed)).toEqual([]);
  expect(report.passed).toBe(true);
  expect([...new Set(report.kernels.map(({ op }) => op))]).toEqual(expect.arrayContaining(operations));
});
