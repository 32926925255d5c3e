import { expect, it } from "vitest";
import { fixtureSource, readFixture, readFixtureJson, runtime } from "../support/files.ts";
import { takeGpuErrors } from "../support/gpu-errors.ts";
import { findGpu } from "../support/gpu.ts";

// Each runtime is told from the others by something only it has: a run in the wrong one fails here first.
it(`runs in ${runtime} itself`, () => {
  const agent = globalThis.navigator?.userAgent ?? "";
  const marks = {
    node: globalThis.process?.release?.name === "node" && !("Deno" in globalThis),
    deno: /^Deno\//.test(agent),
    browser: /Chrom(e|ium)\//.test(agent) && typeof document === "object",
  };
  expect(Object.entries(marks).filter(([, mark]) => mark)).toEqual([[runtime, true]]);
});

it("finds a WebGPU adapter that can do what the package needs", async () => {
  const gpu = await findGpu();
  const adapter = await gpu?.requestAdapter();
  expect(adapter?.features.has("timestamp-query")).toBe(true);
  const device = await adapter!.requestDevice();
  await device.queue.onSubmittedWorkDone();
  device.destroy();
});

it("notices a WebGPU error that nobody caught", async () => {
  const adapter = await (await findGpu())?.requestAdapter();
  const device = await adapter!.requestDevice();
  device.createBuffer({ size: 4, usage: 0 });
  await device.queue.onSubmittedWorkDone();
  await expect.poll(takeGpuErrors, { timeout: 5000 }).toHaveLength(1);
  device.destroy();
});

it("reads fixtures, and refuses one that is not there", async () => {
  const manifest = await readFixtureJson<{ name: string }>("package.json");
  expect(manifest.name).toBe("t5gemma2");
  expect(fixtureSource("models/reader")).toMatch(/models\/reader$/);
  await expect(readFixture("test/fixtures/absent.json")).rejects.toThrow();
});
