import { afterEach, expect, it, vi } from "vitest";
import { DeviceError, InputError } from "../../../ts/errors.js";
import type { Host } from "../../../ts/runtime/host.js";
import { checkThreadsOption, chooseThreads } from "../../../ts/runtime/thread-choice.js";

const machineOf = (threads: number): Host => ({ hardwareThreads: () => threads }) as Host;

afterEach(() => vi.unstubAllGlobals());

it.each([
  [1, 1],
  [2, 2],
  [8, 8],
  [64, 8],
])("takes, on a machine of %i threads, %i by itself, and says what the machine has", (found, threads) => {
  expect(chooseThreads("auto", machineOf(found))).toEqual({ threads, reason: `the machine has ${found}` });
});

it("takes what is asked for", () => {
  expect(chooseThreads(3, machineOf(2))).toEqual({ threads: 3, reason: "asked for" });
});

it.each([
  ["crossOriginIsolated", false, /not cross-origin isolated/],
  ["SharedArrayBuffer", undefined, /no SharedArrayBuffer/],
])("takes one where memory can't be shared (%s), says why, and refuses more", (name, value, reason) => {
  vi.stubGlobal(name, value);
  expect(chooseThreads("auto", machineOf(4))).toMatchObject({ threads: 1, reason: expect.stringMatching(reason) });
  expect(chooseThreads(1, machineOf(4)).threads).toBe(1);
  expect(() => chooseThreads(2, machineOf(4))).toThrow(DeviceError);
  expect(() => chooseThreads(2, machineOf(4))).toThrow(reason);
});

it("accepts whole numbers and auto", () => {
  expect([undefined, "auto", 1, 64].map(checkThreadsOption)).toEqual(["auto", "auto", 1, 64]);
  for (const wrong of [0, 65, 1.5, Number.NaN, "2", null]) expect(() => checkThreadsOption(wrong)).toThrow(InputError);
});
