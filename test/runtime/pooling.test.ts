import { poolStates, T5Gemma2Encoder, Tensor } from "t5gemma2";
import { describe, expect, it } from "vitest";
import { distance, readAnswers, TOLERANCE, type Written } from "../support/answers.ts";
import { devices, fixtureSource } from "../support/files.ts";

interface Case {
  name: string;
  checkpoint: string;
  inputs: Record<string, Written>;
  outputs: Record<string, Written>;
}

describe.each(devices)("on %s", (device) => {
  it("pools the encoder's states as sentence-transformers", async () => {
    const answers = await readAnswers<Case>("test/fixtures/outputs/features");
    for (const { name, checkpoint, inputs, outputs } of answers.cases) {
      if (device === "webgpu" && name !== "left") continue;
      using encoder = await T5Gemma2Encoder.fromPretrained(fixtureSource(`test/fixtures/checkpoints/${checkpoint}`), { device, dtype: "f32", cache: false });
      const given = answers.given(inputs) as { attentionMask?: number[][] };
      const { lastHiddenState } = await encoder.forward(given);
      const { attentionMask } = given;
      for (const [key, wanted] of Object.entries(outputs)) {
        if (key === "last_hidden_state") continue;
        const [pooling, norm] = key.split("_") as ["mean" | "last", string | undefined];
        const vectors = poolStates(lastHiddenState, pooling, { attentionMask, normalize: norm !== undefined });
        expect(await distance(vectors, answers.tensor(wanted)), `${name}: ${key}`).toBeLessThanOrEqual(TOLERANCE[device]);
      }
    }
  });
});

describe("pooling", () => {
  const states = new Tensor("float32", [3, 4, 0, 0, 1, 2, 5, 6], [2, 2, 2]);

  it("keeps the tokens apart if told to, each divided by its length", () => {
    expect(poolStates(states, "none").tolist()).toEqual(states.tolist());
    expect((poolStates(states, "none", { normalize: true }).tolist() as number[][][])[0]).toEqual([[expect.closeTo(0.6), expect.closeTo(0.8)], [0, 0]]);
  });

  it("gives zeros for a row without tokens", () => {
    const attentionMask = [[0, 0], [1, 0]];
    expect(poolStates(states, "mean", { attentionMask }).tolist()).toEqual([[0, 0], [1, 2]]);
    expect(poolStates(states, "last", { attentionMask }).tolist()).toEqual([[0, 0], [1, 2]]);
  });

  it("refuses what it can't pool", () => {
    expect(() => poolStates(new Tensor("float32", [1, 2], [1, 2]), "mean")).toThrow(/states: must have dims/);
    expect(() => poolStates(states, "max" as "mean")).toThrow(/pooling: "max" is not one of/);
    expect(() => poolStates(states, "mean", { attentionMask: [[1]] })).toThrow(/attentionMask/);
  });
});
