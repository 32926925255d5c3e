import { expect, it } from "vitest";
import { hasRelaxedSimd, moduleWith, RELAXED_DOT } from "../../../ts/runtime/relaxed-simd.ts";

it("a module with an instruction that every host has is valid, so that it is the relaxed one which decides", () => {
  const dot = [0xfd, 0xba, 0x01];
  const unknown = [0xfd, 0xff, 0x7f];
  expect(WebAssembly.validate(moduleWith(dot))).toBe(true);
  expect(WebAssembly.validate(moduleWith(unknown))).toBe(false);
});

it("what is valid also starts", async () => {
  const relaxed = hasRelaxedSimd();
  const started = WebAssembly.instantiate(moduleWith(RELAXED_DOT)).then(
    () => true,
    () => false,
  );
  expect(await started).toBe(relaxed);
});
