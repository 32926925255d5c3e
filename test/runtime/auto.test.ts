import {
  AutoModel,
  AutoModelForImageTextToText,
  AutoModelForMultimodalLM,
  AutoModelForSeq2SeqLM,
  T5Gemma2ForConditionalGeneration,
  T5Gemma2Model,
} from "t5gemma2";
import { expect, it } from "vitest";
import { fixtureSource } from "../support/files.ts";

const auto = { AutoModel, AutoModelForImageTextToText, AutoModelForMultimodalLM, AutoModelForSeq2SeqLM };

it.each(Object.keys(auto) as (keyof typeof auto)[])("%s loads the class of its task", async (name) => {
  const model = await auto[name].fromPretrained(fixtureSource("test/fixtures/checkpoints/grouped"), { device: "wasm" });
  expect(model).toBeInstanceOf(name === "AutoModel" ? T5Gemma2Model : T5Gemma2ForConditionalGeneration);
  model.dispose();
  const other = new File([JSON.stringify({ model_type: "bert" })], "config.json");
  await expect(auto[name].fromPretrained([other], { device: "wasm" })).rejects.toMatchObject({ code: "ConfigError", details: { field: "model_type" } });
});
