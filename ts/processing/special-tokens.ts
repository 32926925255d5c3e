import { ConfigError } from "../errors.js";
import type { AddedTokenJson, SpecialTokenJson, TokenizerConfigJson, TokenizerFiles, TokenizerJson } from "./tokenizer-json.js";

/** The special tokens that every tokenizer may have, in the official order. */
export const STANDARD_SPECIAL_TOKENS = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"] as const;

/** What Gemma's tokenizer class has where the files are silent. */
const GEMMA_DEFAULTS = {
  unk_token: "<unk>",
  bos_token: "<bos>",
  eos_token: "<eos>",
  pad_token: "<pad>",
  mask_token: "<mask>",
};

/** The special tokens of a tokenizer by the names that the configuration gives them. */
export interface SpecialTokens {
  /** `bos_token` -> `<bos>`, and so on, with model-specific ones (`boi_token`) after the standard ones. */
  named: Record<string, string>;
  /** Further special tokens, without a name. */
  extra: string[];
}

/** Whether the official implementation makes a Gemma tokenizer of these files. */
export function isGemma(config: TokenizerConfigJson): boolean {
  // Checkpoints of this model that name no class get Gemma's.
  return config.tokenizer_class === undefined || config.tokenizer_class.startsWith("GemmaTokenizer");
}

/** Reads which tokens are special, and by what name, as the official implementation does. */
export function readSpecialTokens(files: TokenizerFiles): SpecialTokens {
  const config: TokenizerConfigJson = { ...files.config };
  if (config.added_tokens_decoder === undefined) Object.assign(config, files.specialTokensMap);

  const listed = config.extra_special_tokens ?? config.additional_special_tokens ?? [];
  const specific: Record<string, SpecialTokenJson> = {};
  for (const [key, value] of Object.entries(config)) {
    if (key.endsWith("_token") && !isStandard(key) && isToken(value)) specific[key] = value;
  }
  if (!Array.isArray(listed)) Object.assign(specific, listed);
  const named: Record<string, string> = {};
  const standard: Record<string, unknown> = { ...(isGemma(config) ? GEMMA_DEFAULTS : {}), ...dropNull(config) };
  for (const key of STANDARD_SPECIAL_TOKENS) {
    if (standard[key] !== undefined) named[key] = contentOf(key, standard[key]);
  }
  const modelSpecific = Object.keys(specific).length > 0 ? specific : (config.model_specific_special_tokens ?? {});
  for (const [key, value] of Object.entries(modelSpecific)) named[key] = contentOf(key, value);
  const extra = Array.isArray(listed) ? listed.map((token) => contentOf("extra_special_tokens", token)) : [];
  return { named, extra };
}

/**
 * The added tokens of a tokenizer: those of tokenizer.json, those that only the configuration has, and special tokens
 * that neither lists. Every special token is marked as such.
 *
 * @throws ConfigError for an added token without text or with an id that belongs to another token
 */
export function readAddedTokens(
  tokenizer: TokenizerJson,
  config: TokenizerConfigJson,
  special: SpecialTokens,
): AddedTokenJson[] {
  const { vocab } = tokenizer.model;
  const idOf = (content: string): number | undefined => {
    if (!Array.isArray(vocab)) return Object.hasOwn(vocab, content) ? vocab[content] : undefined;
    const id = vocab.findIndex(([token]) => token === content);
    return id < 0 ? undefined : id;
  };

  const byContent = new Map<string, AddedTokenJson>();
  for (const token of tokenizer.added_tokens ?? []) byContent.set(checked(token).content, { ...token });
  const newId = (): number => {
    let id = Array.isArray(vocab) ? vocab.length : Object.keys(vocab).length;
    for (const token of byContent.values()) id = Math.max(id, token.id + 1);
    return id;
  };
  const add = (token: Omit<AddedTokenJson, "id">): void => {
    if (byContent.has(token.content)) return;
    byContent.set(token.content, checked({ ...token, id: idOf(token.content) ?? newId() }));
  };

  const fromConfig = Object.entries(config.added_tokens_decoder ?? {}).sort(([a], [b]) => Number(a) - Number(b));
  for (const [, token] of fromConfig) add(token);
  for (const content of new Set([...Object.values(special.named), ...special.extra])) {
    add({ content, special: true, normalized: false });
    (byContent.get(content) as AddedTokenJson).special = true;
  }
  return [...byContent.values()];
}

function checked(token: AddedTokenJson): AddedTokenJson {
  if (typeof token.content !== "string" || token.content === "" || !Number.isInteger(token.id) || token.id < 0) {
    throw new ConfigError(`tokenizer.json: added token ${JSON.stringify(token)} needs a content and an id from 0`);
  }
  return token;
}

function isStandard(key: string): boolean {
  return (STANDARD_SPECIAL_TOKENS as readonly string[]).includes(key);
}

function isToken(value: unknown): value is SpecialTokenJson {
  return typeof value === "string" || (typeof value === "object" && value !== null && "content" in value);
}

function dropNull(config: TokenizerConfigJson): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null && value !== undefined));
}

function contentOf(key: string, value: unknown): string {
  const content = typeof value === "object" && value !== null ? (value as { content?: unknown }).content : value;
  if (typeof content !== "string" || content === "") {
    throw new ConfigError(`tokenizer_config.json: ${key} must be a token's text, not ${JSON.stringify(value)}`);
  }
  return content;
}
