import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ConfigError, InputError } from "../../../ts/errors.js";
import { AutoConfig, T5Gemma2Config } from "../../../ts/models/config.js";
import type { JsonObject } from "../../../ts/models/config-fields.js";
import { T5Gemma2EncoderConfig } from "../../../ts/models/encoder-config.js";
import { T5Gemma2DecoderConfig, T5Gemma2TextConfig } from "../../../ts/models/text-config.js";

const reader = JSON.parse(readFileSync(new URL("../../../models/reader/config.json", import.meta.url), "utf8")) as JsonObject;

describe("a configuration", () => {
  it("reads the built-in checkpoint's file, and writes it without loss", () => {
    const config = T5Gemma2Config.fromJSON({ ...reader, unknown_field: { kept: [1, null, "x"] } });
    expect(config.toJSON()).toEqual({ ...reader, unknown_field: { kept: [1, null, "x"] } });
    expect(config.decoder.slidingWindow).toBe(8);
    expect(config.encoder.visionConfig.imageSize).toBe(84);
    expect(config.encoder.textConfig.layerTypes).toEqual(["sliding_attention", "full_attention", "sliding_attention", "full_attention"]);
    expect([config.vocabSize, config.bosTokenId, config.eosTokenId, config.padTokenId]).toEqual([576, 2, 1, 0]);
    expect([config.imageTokenIndex, config.encoder.imageTokenIndex, config.eoiTokenIndex]).toEqual([575, 575, 269]);
  });

  it("has the oracle's defaults", () => {
    const config = new T5Gemma2Config();
    expect(config.decoder.vocabSize).toBe(262_208);
    expect(config.vocabSize).toBe(262_208);
    expect(config.decoder.layerTypes).toHaveLength(26);
    expect(config.decoder.layerTypes.filter((type) => type === "full_attention")).toHaveLength(4);
    expect(config.decoder.layerTypes[5]).toBe("full_attention");
    expect(config.decoder.ropeParameters).toEqual({
      full_attention: { rope_type: "default", rope_theta: 1_000_000 },
      sliding_attention: { rope_type: "default", rope_theta: 10_000 },
    });
    expect([config.imageTokenIndex, config.encoder.imageTokenIndex, config.eoiTokenIndex]).toEqual([256_001, 256_001, 256_000]);
    expect(config.encoder.mmTokensPerImage).toBe(256);
    expect(config.encoder.visionConfig.patchSize).toBe(16);
  });

  it("takes fields in camelCase, and writes them as the files have them", () => {
    const text = { hiddenSize: 64, numAttentionHeads: 4, numHiddenLayers: 2, vocabSize: 100 };
    const config = new T5Gemma2Config({
      encoder: new T5Gemma2EncoderConfig({ textConfig: new T5Gemma2TextConfig(text), mmTokensPerImage: 4 }),
      decoder: new T5Gemma2DecoderConfig(text),
      tieWordEmbeddings: false,
    });
    expect(config.toJSON()).toMatchObject({
      model_type: "t5gemma2",
      tie_word_embeddings: false,
      encoder: { mm_tokens_per_image: 4, text_config: { hidden_size: 64, model_type: "t5gemma2_text" } },
      decoder: { hidden_size: 64, model_type: "t5gemma2_decoder" },
    });
    expect(T5Gemma2Config.fromJSON(config.toJSON()).toJSON()).toEqual(config.toJSON());
  });

  it("reads older spellings", () => {
    const config = new T5Gemma2TextConfig({
      num_hidden_layers: 4,
      sliding_window_pattern: 2,
      rope_theta: 5000,
      rope_local_base_freq: 77,
      rope_scaling: { rope_type: "linear", factor: 8 },
    });
    expect(config.layerTypes).toEqual(["sliding_attention", "full_attention", "sliding_attention", "full_attention"]);
    expect(config.ropeParameters).toEqual({
      full_attention: { rope_type: "linear", rope_theta: 5000, factor: 8 },
      sliding_attention: { rope_type: "default", rope_theta: 77 },
    });
  });

  const decoder = reader.decoder as JsonObject;
  const encoder = reader.encoder as JsonObject;
  const text = encoder.text_config as JsonObject;
  it.each<[string, JsonObject]>([
    ["decoder.hidden_size", { ...reader, decoder: { ...decoder, hidden_size: 64 } }],
    ["decoder.vocab_size", { ...reader, decoder: { ...decoder, vocab_size: 575 } }],
    ["decoder.hidden_size", { ...reader, decoder: { ...decoder, num_attention_heads: 3 } }],
    ["decoder.layer_types[1]", { ...reader, decoder: { ...decoder, layer_types: ["full_attention", "odd", "full_attention", "full_attention"] } }],
    ["decoder.layer_types", { ...reader, decoder: { ...decoder, layer_types: ["full_attention"] } }],
    ["is_encoder_decoder", { ...reader, is_encoder_decoder: false }],
    ["encoder.text_config.rms_norm_eps", { ...reader, encoder: { ...encoder, text_config: { ...text, rms_norm_eps: "small" } } }],
    ["encoder.vision_config.image_size", { ...reader, encoder: { ...encoder, vision_config: { image_size: -1 } } }],
    ["encoder", { ...reader, encoder: [] }],
    ["model_type", { ...reader, model_type: "t5gemma" }],
    ["decoder.model_type", { ...reader, decoder: { ...decoder, model_type: "gemma3_text" } }],
  ])("names the field that is wrong: %s", (field, json) => {
    const error = caught(() => T5Gemma2Config.fromJSON(json));
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).details).toEqual({ field });
    expect((error as ConfigError).message).toContain(`${field}: `);
  });

  it("refuses an unknown camelCase field by name", () => {
    expect(caught(() => new T5Gemma2TextConfig({ hidenSize: 3 } as JsonObject))).toMatchObject({ code: "ConfigError", message: expect.stringContaining("hidenSize") });
  });

  it("is picked by AutoConfig, which names a type that it can't run", async () => {
    const config = await AutoConfig.fromPretrained("builtin:reader");
    expect(config).toBeInstanceOf(T5Gemma2Config);
    expect(config.toJSON()).toEqual(reader);
    const other = new File([JSON.stringify({ model_type: "bert" })], "config.json");
    await expect(AutoConfig.fromPretrained([other])).rejects.toMatchObject({ code: "ConfigError", details: { field: "model_type" } });
    await expect(AutoConfig.fromPretrained("builtin:reader", { revison: "x" } as object)).rejects.toBeInstanceOf(InputError);
  });
});

function caught(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
