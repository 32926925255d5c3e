import { T5Gemma2ForConditionalGeneration } from "t5gemma2";
import { expect, it } from "vitest";
import { watchShaders } from "../support/shaders.ts";

it("kernels use what the device has, and nothing else", async () => {
  const shaders = await watchShaders();
  let seen: string[];
  try {
    const model = await T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { device: "webgpu" });
    model.dispose();
  } finally {
    seen = shaders.leave();
  }
  const { features } = shaders.adapter;
  expect(seen.length).toBeGreaterThan(20);
  expect(seen.some((code) => code.includes("enable subgroups;"))).toBe(features.has("subgroups"));
  expect(seen.some((code) => code.includes("enable f16;"))).toBe(features.has("shader-f16"));
});
