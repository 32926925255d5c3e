import { type Dtype, T5Gemma2ForConditionalGeneration } from "t5gemma2";
import { expect, it } from "vitest";
import { devices, readFixtureJson } from "../support/files.ts";

interface Case {
  image: string | null;
  input_ids: number[];
  output_ids: number[];
}

const dtypes: readonly Dtype[] = ["f32", "bf16", "f16", "q8", "q4"];

it.each(devices.flatMap((device) => dtypes.map((dtype) => ({ device, dtype }))))(
  "the built-in checkpoint answers alike with $dtype weights on $device",
  async ({ device, dtype }) => {
    const { cases } = await readFixtureJson<{ cases: Case[] }>("models/reader/expected.json");
    // On software adapters a token takes long.
    const texts = cases.filter(({ image }) => image === null).slice(0, device === "wasm" ? 8 : 1);
    const model = await T5Gemma2ForConditionalGeneration.fromPretrained("builtin:reader", { device, dtype });
    expect(model.dtype).toBe(dtype);
    let alike = 0;
    for (const { input_ids, output_ids } of texts) {
      const { sequences } = await model.generate({ inputIds: [input_ids] });
      if (JSON.stringify(sequences) === JSON.stringify([output_ids])) alike += 1;
    }
    // Four bits may turn an answer that hangs in the balance.
    expect(alike).toBeGreaterThanOrEqual(dtype === "q4" ? texts.length * 0.8 : texts.length);
    model.dispose();
  },
);
