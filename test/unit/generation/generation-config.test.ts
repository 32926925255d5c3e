import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ConfigError, LoadError } from "../../../ts/errors.js";
import { GenerationConfig } from "../../../ts/generation/generation-config.js";
import { readGenerationDefaults, Settings } from "../../../ts/generation/settings.js";
import { T5Gemma2Config } from "../../../ts/models/config.js";
import type { JsonObject } from "../../../ts/models/config-fields.js";

const fixture = <T>(name: string): T => JSON.parse(readFileSync(new URL(`../../fixtures/configs/${name}.json`, import.meta.url), "utf8")) as T;
const camel = (key: string): string => key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const fieldOf = (field: string) => expect.objectContaining({ code: "ConfigError", details: { field } });

describe("GenerationConfig", () => {
  it("reads the files' JSON and camelCase, and writes the former back in its order", () => {
    const json = { mystery: [1, null], eos_token_id: [1, 106], max_new_tokens: 24, top_p: null, transformers_version: "4.0.0" };
    const config = new GenerationConfig(json);
    expect([config.eosTokenId, config.maxNewTokens, config.topP, config.doSample]).toEqual([[1, 106], 24, null, null]);
    expect(JSON.stringify(config)).toBe(JSON.stringify(json));
    expect(new GenerationConfig({ maxNewTokens: 24, eosTokenId: [1, 106] }).toJSON()).toEqual({ max_new_tokens: 24, eos_token_id: [1, 106] });
  });

  it("has watermarks and infinite biases in both spellings", () => {
    const config = new GenerationConfig({ watermarkingConfig: { bias: 4 } as never, sequenceBias: [[[64], -Infinity]] });
    expect(config.watermarkingConfig).toEqual({ greenlistRatio: 0.25, bias: 4, hashingKey: 15_485_863, seedingScheme: "lefthash", contextWidth: 1 });
    expect(config.toJSON()).toEqual({
      watermarking_config: { greenlist_ratio: 0.25, bias: 4, hashing_key: 15_485_863, seeding_scheme: "lefthash", context_width: 1 },
      sequence_bias: [[[64], "-Infinity"]],
    });
    expect(GenerationConfig.fromJSON(config.toJSON()).watermarkingConfig).toEqual(config.watermarkingConfig);
  });

  it.each(fixture<{ name: string; given: JsonObject; issues: string[] }[]>("generation-issues").map((entry) => [entry.name, entry] as const))(
    "finds the same fault with %s as transformers",
    (_, { given, issues }) => {
      const config = new GenerationConfig(given);
      expect(config.validate().map((issue) => issue.split(":")[0])).toEqual(issues.map(camel));
      if (issues.length > 0) expect(() => config.validate({ strict: true })).toThrow(ConfigError);
      else expect(config.validate({ strict: true })).toEqual([]);
    },
  );

  it.each(fixture<{ name: string; given: JsonObject; of_file: JsonObject; of_class: JsonObject }[]>("generation-of-models").map((entry) => [entry.name, entry] as const))(
    "stands in for the file that a model lacks: %s",
    (_, { given, of_file, of_class }) => {
      expect(GenerationConfig.fromModelConfig(given).toDict()).toEqual(of_file);
      expect(GenerationConfig.fromModelConfig(new T5Gemma2Config(given)).toDict()).toEqual(of_class);
    },
  );

  it.each<[string, JsonObject | object]>([
    ["suppress", { suppress_tokens: [1, 2], forced_bos_token_id: 1 }],
    ["suppress", { suppress_tokens: [1, 2, 3], forced_eos_token_id: [3, 1] }],
    ["assistant_ensemble_weight", { assistantEnsembleWeight: 1 }],
    ["watermarking_config.seeding_scheme", { watermarking_config: { seeding_scheme: "middlehash" } }],
    ["watermarking_config.context_width", { watermarking_config: { context_width: 0 } }],
    ["watermarking_config.ngram_len", { watermarking_config: { ngram_len: 5 } }],
    ["compile_config", { compile_config: { fullgraph: true } }],
    ["exponential_decay_length_penalty", { exponentialDecayLengthPenalty: [1] }],
    ["bad_words_ids", { bad_words_ids: [1] }],
    ["temperature", { temperature: "hot" }],
    ["streamer", { streamer: null }],
    ["logits_processor", { logits_processor: [] }],
    ["seed", { seed: 1 }],
  ])("refuses by the field's name: %s", (field, given) => {
    const name = field === "suppress" ? ("forced_bos_token_id" in given ? "forced_bos_token_id" : "forced_eos_token_id") : field;
    expect(() => new GenerationConfig(given as JsonObject)).toThrow(fieldOf(name));
  });

  it("is changed by assignment, which validate checks, and by update, which changes all or nothing", () => {
    const config = new GenerationConfig({ max_new_tokens: 5, kept: 1 });
    config.maxNewTokens = 0;
    expect(() => config.validate()).toThrow(fieldOf("max_new_tokens"));
    config.update({ maxNewTokens: 7, doSample: true });
    expect(() => config.update({ temperature: 2, numBeams: "two" } as never)).toThrow(fieldOf("num_beams"));
    expect(config.toJSON()).toEqual({ max_new_tokens: 7, kept: 1, do_sample: true });
    expect(() => config.update({ tempreture: 1, maxNewTokns: 1 } as never)).toThrow(expect.objectContaining({ message: expect.stringContaining("maxNewTokns") }));
  });

  it("goes into generate as it is", () => {
    const config = new GenerationConfig({ maxNewTokens: 5, numBeams: 2 });
    const settings = new Settings({ generationConfig: config }, readGenerationDefaults({ max_new_tokens: 9, top_k: 7, mystery: 1, eos_token_id: null }));
    expect(["maxNewTokens", "numBeams", "topK", "eosTokenId"].map((name) => settings.get(name))).toEqual([5, 2, 7, undefined]);
    expect(settings.checkpoint).toEqual({ maxNewTokens: 9, topK: 7 });
    expect(() => readGenerationDefaults({ top_k: "seven" })).toThrow(fieldOf("top_k"));
  });

  it("is read from a checkpoint", async () => {
    const config = await GenerationConfig.fromPretrained("builtin:reader");
    expect([config.maxNewTokens, config.eosTokenId, config.bosTokenId]).toEqual([24, 1, 2]);
    const file = (text: string) => [new File(["{}"], "config.json"), new File([text], "generation_config.json")];
    await expect(GenerationConfig.fromPretrained(file("[]"))).rejects.toBeInstanceOf(ConfigError);
    await expect(GenerationConfig.fromPretrained(file("{"))).rejects.toBeInstanceOf(LoadError);
    await expect(GenerationConfig.fromPretrained(file("{}").slice(0, 1))).rejects.toBeInstanceOf(LoadError);
  });
});
