import { expect, it } from "vitest";
import { createWorker } from "../../../ts/worker/create-worker.js";

it("a worker that dies rejects what is under way and what comes later", async () => {
  // Beside the sources there is no bundle: the worker's script is not found.
  const worker = createWorker();
  const loads = [worker.pipeline("text2text-generation", "builtin:reader"), worker.AutoModel.fromPretrained("builtin:reader"), worker.checkDevice()];
  for (const load of loads) await expect(load).rejects.toMatchObject({ code: "DeviceError", message: expect.stringMatching(/^the worker ended: .*worker-host/) });
  await expect(worker.T5Gemma2Model.fromPretrained("builtin:reader")).rejects.toMatchObject({ code: "DeviceError", message: expect.stringMatching(/^the worker ended/) });
  worker.terminate();
});
