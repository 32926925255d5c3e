import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { GenerationConfig } from "../../../ts/generation/generation-config.js";
import { GENERATION_DEFAULTS, GENERATION_FIELDS } from "../../../ts/generation/generation-fields.js";
import { T5Gemma2Config } from "../../../ts/models/config.js";
import type { JsonObject } from "../../../ts/models/config-fields.js";
import { T5Gemma2EncoderConfig } from "../../../ts/models/encoder-config.js";
import { T5Gemma2DecoderConfig, T5Gemma2TextConfig } from "../../../ts/models/text-config.js";
import { SiglipVisionConfig } from "../../../ts/models/vision-config.js";

const CLASSES = { T5Gemma2Config, T5Gemma2EncoderConfig, T5Gemma2TextConfig, T5Gemma2DecoderConfig, SiglipVisionConfig, GenerationConfig };
type ClassName = keyof typeof CLASSES;

interface Spelling {
  name: string;
  class: ClassName;
  given: JsonObject;
  becomes: JsonObject;
}

interface Refusal {
  name: string;
  class: ClassName;
  given: JsonObject;
  by: "config" | "model";
}

const folder = new URL("../../fixtures/configs/", import.meta.url);
const text = (name: string): string => readFileSync(new URL(name, folder), "utf8");
const read = <T>(name: string): T => JSON.parse(text(name)) as T;

/** Where a refusal must point. */
const FIELD: Record<string, string> = {
  "hidden-size": "hidden_size",
  "hidden-size-decoder": "hidden_size",
  "unequal-hidden-size": "decoder.hidden_size",
  "unequal-vocab": "decoder.vocab_size",
  "not-encoder-decoder": "is_encoder_decoder",
  "layer-type": "layer_types[1]",
  "layer-count": "layer_types",
  "pattern-zero": "sliding_window_pattern",
  "vocab-words": "vocab_size",
  "vocab-fraction": "vocab_size",
  "cache-number": "use_cache",
  "head-dim-null": "head_dim",
  "scalar-fraction": "query_pre_attn_scalar",
  "image-token-words": "image_token_index",
  "encoder-number": "encoder",
  "rope-without-factor": "rope_parameters.full_attention.factor",
  "rope-llama3-incomplete": "rope_parameters.full_attention.low_freq_factor",
  "generation-early-stopping": "early_stopping",
  "generation-max-new-tokens": "max_new_tokens",
  "generation-greedy-several": "num_return_sequences",
  "generation-more-than-beams": "num_return_sequences",
  "generation-cache": "cache_implementation",
  "generation-watermark": "watermarking_config.greenlist_ratio",
  "model-activation": "encoder.text_config.hidden_activation",
  "model-activation-decoder": "decoder.hidden_activation",
  "model-activation-vision": "encoder.vision_config.hidden_act",
  "model-rope-type": "encoder.text_config.rope_parameters.full_attention.rope_type",
  "model-other-layer-type": "decoder.layer_types[1]",
  "model-kv-heads": "decoder.num_key_value_heads",
  "model-kv-heads-zero": "decoder.num_key_value_heads",
  "model-negative-layers": "decoder.layer_types",
  "model-pad-outside": "decoder.pad_token_id",
  "model-odd-head-dim": "decoder.head_dim",
  "model-image-patch": "encoder.vision_config.patch_size",
};

/** A number of JavaScript does not know whether it was written as a whole one, so these are taken. */
const WHOLE_FLOATS = ["softcap-whole", "eps-whole"];

describe("the official configurations", () => {
  it.each(Object.keys(CLASSES) as ClassName[])("%s has the defaults", (name) => {
    expect(new CLASSES[name]().toDict()).toEqual(read(`${name}.json`));
  });

  it("generate's defaults are theirs", () => {
    const defaults = Object.entries(GENERATION_DEFAULTS).map(([name, value]) => [GENERATION_FIELDS[name as keyof typeof GENERATION_DEFAULTS].key, value]);
    expect(Object.fromEntries(defaults)).toEqual(read("generation-defaults.json"));
  });

  it.each(read<Spelling[]>("spellings.json").map((entry) => [entry.name, entry] as const))("reads the spelling %s", (_, { class: name, given, becomes }) => {
    const config = CLASSES[name].fromJSON(given);
    expect(config.toDict()).toEqual(becomes);
    // What was given comes back; what is written in full says the same.
    expect(config.toJSON()).toMatchObject(given);
    expect(CLASSES[name].fromJSON(JSON.parse(config.toJsonString()) as JsonObject).toDict()).toEqual(becomes);
  });

  it.each(read<(Spelling & { text: string })[]>("written.json").map((entry) => [entry.name, entry] as const))("writes %s as they do", (_, { class: name, given, text }) => {
    expect(CLASSES[name].fromJSON(given).toJsonString()).toBe(text);
  });

  it.each(read<Refusal[]>("refused.json").map((entry) => [entry.name, entry] as const))("refuses %s by the field's name", (name, refusal) => {
    if (WHOLE_FLOATS.includes(name)) {
      expect(() => CLASSES[refusal.class].fromJSON(refusal.given)).not.toThrow();
      return;
    }
    const field = FIELD[name] as string;
    const error = expect.objectContaining({ code: "ConfigError", message: expect.stringContaining(`${field}: `), details: { field } });
    expect(() => CLASSES[refusal.class].fromJSON(refusal.given)).toThrow(error);
  });

  it("take every rope type that a model is computed with, and name the others", () => {
    const given = (rope: JsonObject): JsonObject => {
      const { encoder, decoder, ...rest } = read<Spelling[]>("spellings.json").find(({ name }) => name === "untied")?.given as JsonObject;
      return { ...rest, encoder: encoder as JsonObject, decoder: { ...(decoder as JsonObject), rope_parameters: { full_attention: rope } } };
    };
    for (const { rope } of read<{ rope: JsonObject }[]>("ropes.json")) expect(() => new T5Gemma2Config(given(rope))).not.toThrow();
    const field = "decoder.rope_parameters.full_attention.rope_type";
    for (const rope of [{ rope_type: "dynamic", factor: 2 }, { rope_type: "longrope", short_factor: [1], long_factor: [1] }]) {
      expect(() => new T5Gemma2Config(given(rope))).toThrow(expect.objectContaining({ code: "ConfigError", details: { field } }));
    }
  });
});
