import { T5Gemma2ForConditionalGeneration } from "t5gemma2";
import { expect, it } from "vitest";
import { watchShaders } from "../support/shaders.ts";

const PLACE = "local - first != lane";

it("subgroups that invocations do not lie in by their order are not used", async () => {
  const shaders = await watchShaders((code) => code.replace(PLACE, "local - first == lane"));
  let seen: string[];
  try {
    const model = await T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { device: "webgpu" });
    model.dispose();
  } finally {
    seen = shaders.leave();
  }
  const isProbe = (code: string): boolean => code.includes(PLACE);
  expect(seen.filter(isProbe).length).toBe(shaders.adapter.features.has("subgroups") ? 1 : 0);
  expect(seen.filter((code) => code.includes("subgroup") && !isProbe(code))).toEqual([]);
  expect(seen.length).toBeGreaterThan(20);
});
