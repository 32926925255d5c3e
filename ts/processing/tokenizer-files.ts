import { ConfigError } from "../errors.js";
import { type ModelSource, type ProgressListener, readJson, readText } from "../hub/index.js";
import { describe } from "../options.js";
import { isRecord } from "./template-data.js";
import type { TokenizerFiles } from "./tokenizer-json.js";

/** What reading a file needs beside its path. */
export interface ReadContext {
  signal?: AbortSignal | undefined;
  onProgress?: ProgressListener | undefined;
}

/**
 * Reads what a tokenizer is made of; only tokenizer.json has to be there.
 *
 * @throws LoadError for a file that can't be read, ConfigError for one of the wrong shape
 */
export async function readTokenizerFiles(source: ModelSource, context: ReadContext): Promise<TokenizerFiles> {
  const { signal, onProgress } = context;
  const optional = { signal, onProgress, optional: true } as const;
  const [tokenizer, config, specialTokensMap, chatTemplate] = await Promise.all([
    readJson(source, "tokenizer.json", { signal, onProgress }),
    readJson(source, "tokenizer_config.json", optional),
    readJson(source, "special_tokens_map.json", optional),
    readText(source, "chat_template.jinja", optional),
  ]);
  const { model } = record("tokenizer.json", tokenizer);
  const { vocab } = record("tokenizer.json: model", model);
  if (!Array.isArray(vocab)) record("tokenizer.json: model.vocab", vocab);
  return {
    tokenizer: tokenizer as TokenizerFiles["tokenizer"],
    config: config === null ? {} : record("tokenizer_config.json", config),
    ...(specialTokensMap !== null && {
      specialTokensMap: record("special_tokens_map.json", specialTokensMap) as NonNullable<TokenizerFiles["specialTokensMap"]>,
    }),
    ...(chatTemplate !== null && { chatTemplate }),
  };
}

/** @throws ConfigError for anything but an object */
export function record(where: string, value: unknown): Record<string, unknown> {
  if (!isRecord(value)) throw new ConfigError(`${where} must be an object, not ${describe(value)}`);
  return value;
}
