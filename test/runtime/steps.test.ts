import { T5Gemma2ForConditionalGeneration } from "t5gemma2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { devices } from "../support/files.ts";
import { sourceOf } from "../support/generations.ts";

const inputIds = [[5, 9, 17, 4, 33, 8]];
const twoRows = [
  [5, 9, 17],
  [8, 4, 40],
];
/** Chooses on the host, and nothing else. */
const onHost = { logitsProcessors: [(): void => undefined] };
/** No token ends an answer. */
const endless = { eosTokenId: [] };

describe.each(devices)("steps on %s", (device) => {
  let model: T5Gemma2ForConditionalGeneration;
  beforeAll(async () => {
    model = await T5Gemma2ForConditionalGeneration.fromPretrained(sourceOf("generation"), { device, cache: false });
  });
  afterAll(() => model.dispose());

  it("give the same tokens by replay as one by one", async () => {
    for (const [name, inputs] of Object.entries({
      "one row": { inputIds, maxNewTokens: 20, ...endless },
      "two rows": { inputIds: twoRows, maxNewTokens: 10 },
      "ends kept away at first": { inputIds, maxNewTokens: 12, minNewTokens: 5 },
      "a cache that has to grow": { inputIds, decoderInputIds: [Array.from({ length: 249 }, (_, at) => 4 + (at % 50))], maxNewTokens: 16, ...endless },
    })) {
      const { sequences, finishReasons, stats } = await model.generate({ ...inputs });
      const stepwise = await model.generate({ ...inputs, ...onHost });
      expect(sequences, name).toEqual(stepwise.sequences);
      expect(finishReasons, name).toEqual(stepwise.finishReasons);
      expect(stepwise.stats, name).toMatchObject({ path: "stepwise", pathReason: expect.stringContaining("functions") });
      if (device === "wasm") expect(stats, name).toMatchObject({ path: "stepwise", pathReason: expect.stringContaining("CPU") });
      else expect(stats, name).toMatchObject({ path: "captured" });
    }
  });

  it("cost few dispatches, and no host write", async () => {
    const { stats } = await model.generate({ inputIds, maxNewTokens: 40, streamLatency: 1e9, ...endless });
    const layers = model.config.decoder.numHiddenLayers;
    expect(stats.tokens).toBe(40);
    expect(stats.weightBytes).toBeGreaterThan(0);
    expect(stats.weightBytes).toBeLessThanOrEqual(model.weightBytes);
    expect(stats.peakMemoryBytes).toBeGreaterThan(0);
    expect(stats.hostMicrosecondsPerToken).toBeGreaterThan(0);
    if (device === "wasm") {
      expect(stats).toMatchObject({ dispatches: 0, hostWrites: 0, hostReads: 0 });
    } else {
      expect(stats.dispatches).toBeGreaterThan(4 * layers);
      expect(stats.dispatches).toBeLessThanOrEqual(6 * layers + 8);
      expect(stats.hostWrites).toBeLessThan(0.5);
      expect(stats.hostReads).toBeLessThan(0.5);
    }
    const host = await model.generate({ inputIds, maxNewTokens: 4, ...endless, ...onHost });
    expect(host.stats.hostReads).toBeGreaterThanOrEqual(device === "webgpu" ? 1 : 0);
  });
});
