import { expect, it } from "vitest";
import { PLACE, shadersOfOpening } from "../support/shaders.ts";

it("subgroups that invocations do not lie in by their order are not used", async () => {
  const { features, probes, kernels } = await shadersOfOpening((code) => code.replace(PLACE, "local - first == lane"));
  expect(probes.length).toBe(features.has("subgroups") ? 1 : 0);
  expect(kernels.filter((code) => code.includes("subgroup"))).toEqual([]);
  expect(kernels.length).toBeGreaterThan(20);
});
