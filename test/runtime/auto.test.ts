import {
  AutoModel,
  AutoModelForImageTextToText,
  AutoModelForMultimodalLM,
  AutoModelForSeq2SeqLM,
  T5Gemma2Encoder,
  T5Gemma2ForConditionalGeneration,
  T5Gemma2Model,
} from "t5gemma2";
import { expect, it } from "vitest";
import { distance, readAnswers, TOLERANCE, type Written } from "../support/answers.ts";
import { devices, fixtureSource } from "../support/files.ts";

const auto = { AutoModel, AutoModelForImageTextToText, AutoModelForMultimodalLM, AutoModelForSeq2SeqLM };

it.each(Object.keys(auto) as (keyof typeof auto)[])("%s loads the class of its task", async (name) => {
  const model = await auto[name].fromPretrained(fixtureSource("test/fixtures/checkpoints/grouped"), { device: "wasm" });
  expect(model).toBeInstanceOf(name === "AutoModel" ? T5Gemma2Model : T5Gemma2ForConditionalGeneration);
  model.dispose();
  const other = new File([JSON.stringify({ model_type: "bert" })], "config.json");
  await expect(auto[name].fromPretrained([other], { device: "wasm" })).rejects.toMatchObject({ code: "ConfigError", details: { field: "model_type" } });
});

it.each(devices)("AutoModel loads the encoder of a checkpoint that has nothing else, on %s", async (device) => {
  const source = fixtureSource("test/fixtures/encoder");
  const options = { device, dtype: "f32", cache: false } as const;
  const { cases, given, tensor } = await readAnswers<{ name: string; inputs: Record<string, Written>; outputs: Record<string, Written> }>("test/fixtures/encoder/expected");
  using encoder = await AutoModel.fromPretrained(source, options);
  if (!(encoder instanceof T5Gemma2Encoder)) throw new Error("not an encoder");
  // Kernels for pictures take their time on a software adapter.
  for (const { name, inputs, outputs } of cases.filter(({ name }) => device === "wasm" || name === "text")) {
    const { lastHiddenState, hiddenStates } = await encoder.forward(given(inputs));
    const mask = inputs["attention_mask"] as number[][] | undefined;
    const counts = (row: number): boolean => mask === undefined || mask.flat()[row] !== 0;
    expect(await distance(lastHiddenState, tensor(outputs["last_hidden_state"]), counts), name).toBeLessThanOrEqual(TOLERANCE[device]);
    const layers = outputs["hidden_states"] as Written[] | undefined;
    expect(hiddenStates?.length, name).toBe(layers?.length);
    for (const [index, wanted] of layers?.entries() ?? []) {
      expect(await distance(hiddenStates![index]!, tensor(wanted)), `${name}[${index}]`).toBeLessThanOrEqual(TOLERANCE[device]);
    }
  }
  await expect(T5Gemma2Model.fromPretrained(source, options)).rejects.toMatchObject({ code: "ConfigError", details: { field: "model_type" } });
});
