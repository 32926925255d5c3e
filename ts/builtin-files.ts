/**
 * The files of the checkpoint that ships with the package, by name. Each address is written out, so that a bundler that knows
 * `new URL("...", import.meta.url)` takes the file along. This module lies one folder deep, in `ts/` as in `dist/`.
 */
export function builtinReaderFiles(): ReadonlyMap<string, URL> {
  return new Map([
    ["config.json", new URL("../models/reader/config.json", import.meta.url)],
    ["generation_config.json", new URL("../models/reader/generation_config.json", import.meta.url)],
    ["processor_config.json", new URL("../models/reader/processor_config.json", import.meta.url)],
    ["tokenizer.json", new URL("../models/reader/tokenizer.json", import.meta.url)],
    ["tokenizer_config.json", new URL("../models/reader/tokenizer_config.json", import.meta.url)],
    ["chat_template.jinja", new URL("../models/reader/chat_template.jinja", import.meta.url)],
    ["model.safetensors", new URL("../models/reader/model.safetensors", import.meta.url)],
  ]);
}
