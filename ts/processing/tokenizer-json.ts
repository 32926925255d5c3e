import type { DecoderJson } from "./decoding-rules.js";

/** A token that is matched in text before anything else happens to it. */
export interface AddedTokenJson {
  id: number;
  content: string;
  single_word?: boolean;
  lstrip?: boolean;
  rstrip?: boolean;
  normalized?: boolean;
  special?: boolean;
}

/** One entry of a template: a special token, or the place of the first (A) or second (B) text. */
export type TemplateEntry =
  | { SpecialToken: { id: string; type_id: number } }
  | { Sequence: { id: "A" | "B"; type_id: number } };

/** What is put around texts. */
export interface PostProcessorJson {
  type: string;
  single?: TemplateEntry[];
  pair?: TemplateEntry[];
  special_tokens?: Record<string, { id: string; ids: number[]; tokens: string[] }>;
  processors?: PostProcessorJson[];
}

/** The parts of tokenizer.json that are read here; the library reads the others. */
export interface TokenizerJson {
  added_tokens?: AddedTokenJson[];
  normalizer?: unknown;
  pre_tokenizer?: unknown;
  post_processor?: PostProcessorJson | null;
  decoder?: DecoderJson | null;
  model: { type?: string; vocab: Record<string, number> | [string, number][]; unk_token?: string | null };
}

/** A special token in a configuration: its text, or its text with properties. */
export type SpecialTokenJson = string | (Omit<AddedTokenJson, "id"> & { __type?: string });

/** tokenizer_config.json: every key is optional, and unknown ones are of no concern. */
export interface TokenizerConfigJson {
  tokenizer_class?: string;
  padding_side?: string;
  truncation_side?: string;
  model_max_length?: number;
  max_len?: number;
  clean_up_tokenization_spaces?: boolean;
  clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output?: boolean;
  split_special_tokens?: boolean;
  add_bos_token?: boolean;
  add_eos_token?: boolean;
  chat_control_tokens?: string[];
  added_tokens_decoder?: Record<string, Omit<AddedTokenJson, "id">>;
  additional_special_tokens?: SpecialTokenJson[];
  extra_special_tokens?: SpecialTokenJson[] | Record<string, SpecialTokenJson>;
  model_specific_special_tokens?: Record<string, SpecialTokenJson>;
  chat_template?: string | { name: string; template: string }[];
  [key: string]: unknown;
}

/** Everything a tokenizer is made of. */
export interface TokenizerFiles {
  tokenizer: TokenizerJson;
  config: TokenizerConfigJson;
  /** special_tokens_map.json, which older checkpoints have. */
  specialTokensMap?: Record<string, SpecialTokenJson | SpecialTokenJson[]>;
  /** chat_template.jinja, which has priority over the configuration's. */
  chatTemplate?: string;
}
