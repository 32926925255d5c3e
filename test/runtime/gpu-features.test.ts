import { expect, it } from "vitest";
import { shadersOfOpening } from "../support/shaders.ts";

it("kernels use what the device has, and nothing else", async () => {
  const { features, kernels } = await shadersOfOpening();
  expect(kernels.length).toBeGreaterThan(20);
  expect(kernels.some((code) => code.includes("enable subgroups;"))).toBe(features.has("subgroups"));
  expect(kernels.some((code) => code.includes("enable f16;"))).toBe(features.has("shader-f16"));
});
