import { DeviceError, T5Gemma2ForConditionalGeneration } from "t5gemma2";
import { expect, it } from "vitest";
import { readFixtureJson } from "../support/files.ts";
import { findGpu } from "../support/gpu.ts";

interface Case {
  image: string | null;
  input_ids: number[];
  output_ids: number[];
}

it("a lost device is a DeviceError, and the next load has a new one", async () => {
  const { cases } = await readFixtureJson<{ cases: Case[] }>("models/reader/expected.json");
  const { input_ids, output_ids } = cases.find(({ image }) => image === null)!;
  const devices: GPUDevice[] = [];
  const adapter = (await (await findGpu())!.requestAdapter())!;
  const prototype = Object.getPrototypeOf(adapter) as GPUAdapter;
  const { requestDevice } = prototype;
  prototype.requestDevice = async function (...args) {
    const device = await requestDevice.apply(this, args);
    devices.push(device);
    return device;
  };
  try {
    const load = () => T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { device: "webgpu" });
    const first = await load();
    const encoderOutputs = await first.encode({ inputIds: [input_ids] });
    expect((await first.generate({ encoderOutputs })).sequences).toEqual([output_ids]);

    expect(devices).toHaveLength(1);
    devices[0]!.destroy();
    await devices[0]!.lost;
    await new Promise((resolve) => setTimeout(resolve, 0));

    const failure = await first.generate({ encoderOutputs }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DeviceError);
    expect((failure as DeviceError).message).toMatch(/lost/);
    await expect(first.forward({ inputIds: [input_ids], decoderInputIds: [[2]] })).rejects.toBe(failure);
    encoderOutputs.dispose();
    first.dispose();

    const second = await load();
    expect(devices).toHaveLength(2);
    expect((await second.generate({ inputIds: [input_ids] })).sequences).toEqual([output_ids]);
    second.dispose();
  } finally {
    prototype.requestDevice = requestDevice;
  }
});
