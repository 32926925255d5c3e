import { ConfigError, InputError } from "../errors.js";
import { openSource, type SourceLike } from "../hub/index.js";
import { checkOptions, describe, pickOptions } from "../options.js";
import { checkAssistantMask, withAssistantMasks } from "./assistant-mask.js";
import { firstRow, toBatchEncoding, toTensorEncoding } from "./batch-encoding.js";
import { type ChatInput, type ChatMessage, type ChatRenderOptions, normalizeChats, renderChat } from "./chat.js";
import type { ChatTemplate, RenderedChat } from "./chat-template.js";
import { ChatTemplates, readChatTemplates } from "./chat-templates.js";
import { cleanUpSpaces } from "./clean-up.js";
import { controlTokensOf, markControlTokens } from "./control-tokens.js";
import { type DecodingRules, readDecodingRules } from "./decoding-rules.js";
import { encodeMarkedTexts } from "./marked-encoding.js";
import { StreamDecoder, tokenTextBytes, type TokenSource } from "./stream-decoder.js";
import { Tensor } from "./tensor.js";
import { TextTokenizer } from "./text-tokenizer.js";
import type { TokenTableData } from "./token-table.js";
import { readTokenizerFiles } from "./tokenizer-files.js";
import type { TokenizerFiles } from "./tokenizer-json.js";
import {
  type BatchEncoding,
  type CallOptions,
  CHAT_CALL_OPTIONS,
  CHAT_OPTIONS,
  DECODE_OPTIONS,
  type DecodeOptions,
  type Encoding,
  splitLoadOptions,
  type TensorEncoding,
  TOKENIZER_LOAD_OPTIONS,
  type TokenizerChatOptions,
  type TokenizerLoadOptions,
  type TokenizerPreferences,
  type TokenSequence,
} from "./tokenizer-types.js";

/** Text to token ids and back, exactly as the official tokenizer of the checkpoint does it. */
export class Tokenizer extends TextTokenizer {
  /** Whether decoding cleans up spaces where the official implementation lets it. */
  readonly cleanUpTokenizationSpaces: boolean;
  /** @internal */
  readonly chatTemplates: ChatTemplates;
  readonly #rules: DecodingRules | null;
  readonly #cleanUpAllowed: boolean;
  readonly #chatControlTokens: readonly string[] | undefined;

  /** @throws ConfigError if the files don't make a tokenizer */
  constructor(files: TokenizerFiles, preferences: TokenizerPreferences = {}) {
    super(files, preferences);
    const { tokenizer, config } = files;
    this.#rules = readDecodingRules(tokenizer.decoder);
    this.cleanUpTokenizationSpaces = config.clean_up_tokenization_spaces ?? false;
    this.#cleanUpAllowed =
      tokenizer.model.type !== "BPE" ||
      config.clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output === true;
    this.#chatControlTokens = config.chat_control_tokens;
    this.chatTemplates = new ChatTemplates(readChatTemplates(files));
  }

  /**
   * Reads `tokenizer.json` and what stands beside it: `tokenizer_config.json`, `special_tokens_map.json`,
   * `chat_template.jinja`.
   *
   * @param source hub id, URL or path of a folder, folder handle, files, `"builtin:reader"`
   * @throws LoadError for a file that is missing or can't be read, ConfigError for one that makes no tokenizer
   */
  static async fromPretrained(source: SourceLike, options: TokenizerLoadOptions = {}): Promise<Tokenizer> {
    checkOptions("AutoTokenizer.fromPretrained", options, TOKENIZER_LOAD_OPTIONS);
    const { preferences, rest } = splitLoadOptions(options);
    const opened = await openSource(source, rest);
    const tokenizer = new Tokenizer(await readTokenizerFiles(opened, rest), preferences);
    options.onProgress?.({ status: "ready", file: opened.name });
    return tokenizer;
  }

  /** The chat template, the templates by name, or null. */
  get chatTemplate(): string | Readonly<Record<string, string>> | null {
    return this.chatTemplates.sources;
  }

  /**
   * The text of token ids. Ids outside of the vocabulary have no text, as officially.
   *
   * @param ids one sequence, or rows of them
   * @throws InputError for an id that is no integer from 0
   */
  decode(ids: number | TokenSequence, options?: DecodeOptions): string;
  decode(ids: readonly TokenSequence[], options?: DecodeOptions): string[];
  decode(ids: Tensor<"int32">, options?: DecodeOptions): string | string[];
  decode(ids: number | TokenSequence | readonly TokenSequence[] | Tensor<"int32">, options: DecodeOptions = {}): string | string[] {
    checkOptions("decode", options, DECODE_OPTIONS);
    const value: unknown = ids instanceof Tensor ? ids.tolist() : ids;
    if (typeof value === "number") return this.#decodeOne([value], options);
    if (value instanceof Int32Array) return this.#decodeOne(value, options);
    if (!Array.isArray(value)) throw new InputError(`decode: ids must be numbers, rows of numbers or a tensor, not ${describe(value)}`);
    const isRow = (item: unknown): boolean => Array.isArray(item) || item instanceof Int32Array;
    if (!isRow(value[0])) return this.#decodeOne(value as number[], options);
    return value.map((row: unknown, index) => {
      if (!isRow(row)) throw new InputError(`decode: ids[${index}] must be an array, as ids[0] is, not ${describe(row)}`);
      return this.#decodeOne(row as TokenSequence, options);
    });
  }

  /** The texts of rows of token ids; a single sequence counts as one row. */
  batchDecode(sequences: TokenSequence | readonly TokenSequence[] | Tensor<"int32">, options: DecodeOptions = {}): string[] {
    checkOptions("batchDecode", options, DECODE_OPTIONS);
    if (Array.isArray(sequences) && sequences.length === 0) return [];
    const texts = this.decode(sequences as TokenSequence, options) as string | string[];
    return typeof texts === "string" ? [texts] : texts;
  }

  /** The text of tokens that are given as they stand in the vocabulary; pieces of text among them stay as they are. */
  convertTokensToString(tokens: readonly string[]): string {
    const rules = this.#rules;
    if (rules === null) return this.encoding.decodeTokens([...tokens]);
    const decoder = new StreamDecoder({ rules, tokenOf: (at) => tokens[at], isSpecial: () => false });
    return tokens.map((_, at) => decoder.push(at)).join("") + decoder.end();
  }

  /**
   * A decoder that gives text as token ids come.
   *
   * @throws ConfigError for a tokenizer whose text can't be told token by token; Gemma's can
   */
  streamDecoder(options: { skipSpecialTokens?: boolean } = {}): StreamDecoder {
    checkOptions("streamDecoder", options, ["skipSpecialTokens"]);
    return new StreamDecoder(this.#source(), options);
  }

  /** @internal The bytes that a token adds to a text; see {@link tokenTextBytes}. */
  textBytes(id: number): Uint8Array {
    return tokenTextBytes(this.#source(), id);
  }

  /** @internal What makes text of ids, for another thread. @throws ConfigError as {@link streamDecoder} */
  tokenTable(): TokenTableData {
    const { rules, tokenOf, isSpecial } = this.#source();
    const tokens: (string | undefined)[] = Array.from({ length: this.length });
    for (const id of this.getVocab().values()) tokens[id] = tokenOf(id);
    const special = [...tokens.keys()].filter((id) => tokens[id] !== undefined && isSpecial(tokens[id]));
    return { rules, tokens, special, cleansUp: this.cleanUpTokenizationSpaces && this.#cleanUpAllowed };
  }

  /**
   * Writes a conversation, or several, in the form that the model was trained on.
   *
   * @returns what {@link call} gives for the text; ids alone with `returnDict: false`; the text with `tokenize: false`
   * @throws InputError where the template refuses the conversation
   */
  applyChatTemplate(messages: ChatInput, options: TokenizerChatOptions & { tokenize: false }): string | string[];
  applyChatTemplate(messages: ChatInput, options: TokenizerChatOptions & { returnTensors: true; returnDict?: true }): TensorEncoding;
  applyChatTemplate(messages: ChatInput, options: TokenizerChatOptions & { returnTensors: true; returnDict: false }): Tensor<"int32">;
  applyChatTemplate(messages: ChatInput, options: TokenizerChatOptions & { returnDict: false }): number[] | number[][];
  applyChatTemplate(messages: ChatInput, options?: TokenizerChatOptions): Encoding | BatchEncoding;
  applyChatTemplate(
    messages: ChatInput,
    options: TokenizerChatOptions = {},
  ): string | string[] | Encoding | BatchEncoding | TensorEncoding | Tensor<"int32"> | number[] | number[][] {
    checkOptions("applyChatTemplate", options, CHAT_OPTIONS);
    const { tokenize = true, returnDict = true } = options;
    const callOptions = pickOptions(options, CHAT_CALL_OPTIONS) as CallOptions;
    const useless = Object.keys(callOptions)[0];
    if (!tokenize && useless !== undefined) {
      throw new InputError(`applyChatTemplate: ${useless} has no effect with tokenize: false`);
    }
    if (options.returnAssistantTokensMask && !(tokenize && returnDict)) {
      throw new InputError("returnAssistantTokensMask needs tokenize and returnDict");
    }
    const template = this.chatTemplates.resolve(options.chatTemplate, options.tools !== undefined);
    const { chats, isBatched } = normalizeChats(messages);
    const rendered = chats.map((chat) => this.renderChat(template, chat, options));
    const texts = rendered.map(({ text }) => text);
    if (!tokenize) return isBatched ? texts : (texts[0] as string);
    // The template writes the special tokens itself.
    const encodeOptions = { ...callOptions, truncation: callOptions.truncation ?? false, addSpecialTokens: false };
    const encode = (wanted: CallOptions): BatchEncoding =>
      options.sanitizeControlTokens ? this.encodeMarked(texts, wanted) : this.encodeAll("applyChatTemplate", texts, wanted).batch;
    const batch = options.returnAssistantTokensMask
      ? withAssistantMasks(encode({ ...encodeOptions, returnOffsetsMapping: true }), rendered, callOptions.returnOffsetsMapping)
      : encode(encodeOptions);
    if (callOptions.returnTensors) {
      const tensors = toTensorEncoding(batch);
      return returnDict ? tensors : tensors.inputIds;
    }
    const encoding = isBatched ? batch : firstRow(batch);
    return returnDict ? encoding : encoding.inputIds;
  }

  /** @internal The text of one conversation; the caller's control tokens are marked in it if they are to be sanitized. */
  renderChat(
    template: ChatTemplate,
    chat: readonly ChatMessage[],
    options: ChatRenderOptions & { tokenize?: boolean; returnAssistantTokensMask?: boolean },
  ): RenderedChat {
    if (options.returnAssistantTokensMask) checkAssistantMask(template, options);
    if (!options.sanitizeControlTokens) return renderChat(template, chat, options, this.specialTokensMap);
    if (options.tokenize === false) throw new InputError("sanitizeControlTokens has no effect without tokenize");
    const tokens = controlTokensOf(this.encoding.addedTokens.values(), template.literalText, this.#chatControlTokens);
    return renderChat(template, chat, options, this.specialTokensMap, (text) => markControlTokens(text, tokens));
  }

  /** @internal What texts with marked control tokens become. */
  encodeMarked(texts: readonly string[], options: CallOptions): BatchEncoding {
    for (const key of ["returnTokenTypeIds", "returnSpecialTokensMask", "returnOffsetsMapping", "returnWordIds"] as const) {
      if (options[key]) throw new InputError(`${key} can't be had with sanitizeControlTokens`);
    }
    if (options.addSpecialTokens !== false && this.numSpecialTokensToAdd() > 0) {
      throw new InputError("sanitizeControlTokens needs a chat template that writes the special tokens itself");
    }
    const sequences = encodeMarkedTexts(this.encoding, texts, this.planLengths(options), this.padTokenId ?? 0);
    return toBatchEncoding({ sequences, samples: texts.map((_, index) => index) }, options);
  }

  #source(): TokenSource {
    const [rules, encoding] = [this.#rules, this.encoding];
    if (rules === null) throw new ConfigError("tokenizer.json: text of this kind of decoder can't be streamed");
    return { rules, tokenOf: (id) => encoding.tokenOf(id), isSpecial: (token) => encoding.isSpecial(token) };
  }

  #decodeOne(ids: TokenSequence, options: DecodeOptions): string {
    const { skipSpecialTokens = false, cleanUpTokenizationSpaces = this.cleanUpTokenizationSpaces } = options;
    let text = "";
    if (this.#rules !== null) {
      const decoder = this.streamDecoder({ skipSpecialTokens });
      for (const id of ids) text += decoder.push(id);
      text += decoder.end();
    } else {
      const tokens = Array.from(ids, (id) => this.encoding.tokenOf(id)).filter((token) => token !== undefined);
      text = this.encoding.decodeTokens(tokens.filter((token) => !skipSpecialTokens || !this.encoding.isSpecial(token)));
    }
    return cleanUpTokenizationSpaces && this.#cleanUpAllowed ? cleanUpSpaces(text) : text;
  }
}
