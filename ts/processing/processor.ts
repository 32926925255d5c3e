import { ConfigError, InputError } from "../errors.js";
import { openSource, type SourceLike } from "../hub/index.js";
import { checkOptions, describe, pickOptions } from "../options.js";
import { loadPictureModule } from "../runtime/load.js";
import { maskOverlapping } from "./assistant-mask.js";
import { toTensorEncoding } from "./batch-encoding.js";
import { type ChatInput, type ChatMessage, normalizeChats } from "./chat.js";
import { normalizePictureParts, picturesOf } from "./chat-pictures.js";
import type { RenderedChat } from "./chat-template.js";
import { ChatTemplates } from "./chat-templates.js";
import {
  checkPicturesWhole,
  checkPlaces,
  type ExpandedPrompt,
  expandPrompts,
  type ImageTokens,
  markImageTokens,
  nestPictures,
  promptsForPictures,
  readImageTokens,
  unexpanded,
} from "./image-prompt.js";
import { overridePictureConfig, PICTURE_OPTIONS, type PictureOptions } from "./picture-options.js";
import type { PictureInput } from "./picture-input.js";
import { type PreparedPictures, preparePictures } from "./pictures.js";
import { type ProcessorFiles, readProcessorFiles } from "./processor-files.js";
import {
  PROCESSING_OPTIONS,
  type ProcessingOptions,
  type ProcessInput,
  PROCESSOR_CHAT_OPTIONS,
  type ProcessorChatOptions,
  type ProcessorOutput,
  TEXT_OPTIONS,
  type TextOptions,
} from "./processor-types.js";
import type { StreamDecoder } from "./stream-decoder.js";
import { Tensor } from "./tensor.js";
import { Tokenizer } from "./tokenizer.js";
import {
  type CallOptions,
  type DecodeOptions,
  splitLoadOptions,
  TOKENIZER_LOAD_OPTIONS,
  type TokenizerLoadOptions,
  type TokenizerPreferences,
  type TokenSequence,
} from "./tokenizer-types.js";

type Chat = readonly ChatMessage[];

/** Text and pictures to what the model takes, as the official `Gemma3Processor` does it. */
export class Processor {
  readonly tokenizer: Tokenizer;
  /** How pictures are prepared, by the names in the JSON file; null where the checkpoint has none. */
  readonly imageProcessor: Readonly<Record<string, unknown>> | null;
  /** Tokens that stand for one picture. */
  readonly imageSeqLength: number;
  readonly #imageTokens: ImageTokens | null;
  readonly #templates: ChatTemplates;

  /** @throws ConfigError if the files don't make a processor */
  constructor(files: ProcessorFiles, preferences: TokenizerPreferences = {}) {
    this.tokenizer = new Tokenizer(files.tokenizer, preferences);
    this.imageProcessor = files.imageProcessor;
    this.imageSeqLength = files.imageSeqLength;
    this.#templates = files.chatTemplate === null ? this.tokenizer.chatTemplates : new ChatTemplates(files.chatTemplate);
    const { specialTokensMap } = this.tokenizer;
    const idOf = (name: string): number | undefined => this.tokenizer.specialTokenId(name);
    // A tokenizer of text only makes a processor of text only.
    this.#imageTokens =
      specialTokensMap["boi_token"] === undefined && files.imageProcessor === null
        ? null
        : readImageTokens(specialTokensMap, idOf, files.imageSeqLength);
  }

  /**
   * Reads `processor_config.json` (or the older `preprocessor_config.json`) and the tokenizer's files.
   *
   * @param source hub id, URL or path of a folder, folder handle, files, `"builtin:reader"`
   * @throws LoadError for a file that is missing or can't be read, ConfigError for one that makes no processor
   */
  static async fromPretrained(source: SourceLike, options: TokenizerLoadOptions = {}): Promise<Processor> {
    checkOptions("AutoProcessor.fromPretrained", options, TOKENIZER_LOAD_OPTIONS);
    const { preferences, rest } = splitLoadOptions(options);
    const opened = await openSource(source, rest);
    const processor = new Processor(await readProcessorFiles(opened, rest), preferences);
    options.onProgress?.({ status: "ready", file: opened.name });
    return processor;
  }

  /** The chat template, the templates by name, or null. */
  get chatTemplate(): string | Readonly<Record<string, string>> | null {
    return this.#templates.sources;
  }

  /** Stands in prompts where a picture goes; undefined for a processor of text only. */
  get imageToken(): string | undefined {
    return this.#imageTokens?.boi;
  }

  /** The id that stands in the model's input for a part of a picture; undefined for a processor of text only. */
  get imageTokenId(): number | undefined {
    return this.#imageTokens?.imageId;
  }

  /**
   * Makes the model's inputs of prompts and pictures.
   *
   * @throws InputError for an unknown option, pictures that don't match their places, a picture that can't be read, and
   *   rows of different lengths without padding
   */
  async process(input: ProcessInput): Promise<ProcessorOutput> {
    checkOptions("process", input, [...PROCESSING_OPTIONS, "text", "images"]);
    const { images, ...options } = input;
    // Callers that come from Python pass null for what is not there.
    const text = input.text ?? undefined;
    return this.#process("process", text, nestPictures(images), options);
  }

  /**
   * Writes a conversation, or several, in the form that the model was trained on.
   *
   * @returns the text; with `tokenize: true` the model's inputs, with the pictures that stand in the messages
   * @throws InputError where the template refuses the conversation, and as {@link process}
   */
  applyChatTemplate(messages: ChatInput, options: ProcessorChatOptions & { tokenize: true; returnDict?: true }): Promise<ProcessorOutput>;
  applyChatTemplate(messages: ChatInput, options: ProcessorChatOptions & { tokenize: true; returnDict: false }): Promise<Tensor<"int32">>;
  applyChatTemplate(messages: Chat, options?: ProcessorChatOptions & { tokenize?: false }): string;
  applyChatTemplate(messages: readonly Chat[], options?: ProcessorChatOptions & { tokenize?: false }): string[];
  applyChatTemplate(
    messages: ChatInput,
    options: ProcessorChatOptions = {},
  ): string | string[] | Promise<ProcessorOutput | Tensor<"int32">> {
    checkOptions("applyChatTemplate", options, PROCESSOR_CHAT_OPTIONS);
    if (options.tokenize) return this.#processChat(messages, options);
    for (const key of [...PROCESSING_OPTIONS, "returnDict", "images", "returnAssistantTokensMask"] as const) {
      if (options[key] !== undefined) throw new InputError(`applyChatTemplate: ${key} has no effect without tokenize: true`);
    }
    const { chats, isBatched } = normalizeChats(messages);
    const texts = this.#render(chats, options).map(({ text }) => text);
    return isBatched ? texts : (texts[0] as string);
  }

  /** The text of token ids, or the texts of rows of them. See {@link Tokenizer.decode}. */
  decode(ids: number | TokenSequence, options?: DecodeOptions): string;
  decode(ids: readonly TokenSequence[], options?: DecodeOptions): string[];
  decode(ids: Tensor<"int32">, options?: DecodeOptions): string | string[];
  decode(ids: number | TokenSequence | readonly TokenSequence[] | Tensor<"int32">, options?: DecodeOptions): string | string[] {
    return this.tokenizer.decode(ids as TokenSequence, options) as string | string[];
  }

  /** The texts of rows of token ids. See {@link Tokenizer.batchDecode}. */
  batchDecode(sequences: TokenSequence | readonly TokenSequence[] | Tensor<"int32">, options?: DecodeOptions): string[] {
    return this.tokenizer.batchDecode(sequences, options);
  }

  /** The texts that a model generated: {@link batchDecode} without special tokens unless asked for. */
  postProcessImageTextToText(
    sequences: TokenSequence | readonly TokenSequence[] | Tensor<"int32">,
    options: DecodeOptions = {},
  ): string[] {
    return this.tokenizer.batchDecode(sequences, { skipSpecialTokens: true, ...options });
  }

  /** A decoder that gives text as token ids come. */
  streamDecoder(options?: { skipSpecialTokens?: boolean }): StreamDecoder {
    return this.tokenizer.streamDecoder(options);
  }

  #render(chats: ChatMessage[][], options: ProcessorChatOptions): RenderedChat[] {
    const normalized = chats.map((chat) => chat.map(normalizePictureParts));
    // A processor has no template of its own for tools.
    const template = this.#templates.resolve(options.chatTemplate, false);
    return normalized.map((chat) => this.tokenizer.renderChat(template, chat, { ...options, tokenize: options.tokenize ?? false }));
  }

  async #processChat(messages: ChatInput, options: ProcessorChatOptions): Promise<ProcessorOutput | Tensor<"int32">> {
    const { returnDict = true, returnAssistantTokensMask = false, images, ...rest } = options;
    if (returnAssistantTokensMask && !returnDict) throw new InputError("returnAssistantTokensMask needs returnDict");
    const { chats } = normalizeChats(messages);
    const rendered = this.#render(chats, options);
    const text = rendered.map((chat) => chat.text);
    const inMessages = chats.map((chat) => picturesOf(chat.map(normalizePictureParts)));
    const rows = images === undefined ? inMessages : nestPictures(images);
    const pictures = rows === null || rows.every((row) => row.length === 0) ? null : rows;
    const processing = pickOptions(rest, PROCESSING_OPTIONS) as ProcessingOptions;
    // A template that writes the token of the beginning itself needs no second one.
    const { bosToken } = this.tokenizer;
    if (bosToken !== undefined && text[0]?.startsWith(bosToken)) {
      if (processing.addSpecialTokens === true) {
        throw new InputError("addSpecialTokens: the chat template writes the special tokens itself");
      }
      processing.addSpecialTokens = false;
    }
    const output = await this.#process("applyChatTemplate", text, pictures, processing, {
      isMarked: options.sanitizeControlTokens,
      generated: returnAssistantTokensMask ? rendered.map((chat) => chat.generated) : undefined,
    });
    return returnDict ? output : output.inputIds;
  }

  async #process(
    where: string,
    text: string | readonly string[] | undefined,
    pictures: (readonly PictureInput[])[] | null,
    options: ProcessingOptions,
    { isMarked = false, generated }: { isMarked?: boolean | undefined; generated?: readonly (readonly [number, number])[][] | undefined } = {},
  ): Promise<ProcessorOutput> {
    const { returnMmTokenTypeIds = false } = options;
    options.signal?.throwIfAborted();
    const textOptions = mergeGroup<TextOptions>(where, options, "textKwargs", TEXT_OPTIONS);
    const pictureOptions = mergeGroup<PictureOptions>(where, options, "imagesKwargs", PICTURE_OPTIONS);
    const tokens = this.#imageTokens;
    const texts = this.#texts(where, text, pictures);
    if (tokens !== null) checkPlaces(tokens, texts, pictures);
    const prepared = await this.#prepare(where, pictures, pictureOptions, options);
    const expanded = tokens === null ? texts.map(unexpanded) : expandPrompts(tokens, texts, prepared?.numCrops ?? []);
    const prompts = expanded.map((prompt) => prompt.text);
    const wanted = { ...inRows(textOptions), ...(generated && { returnOffsetsMapping: true }) };
    const output: ProcessorOutput = isMarked
      ? toTensorEncoding(this.tokenizer.encodeMarked(prompts, wanted))
      : this.tokenizer.call(prompts, { ...wanted, returnTensors: true });
    if (tokens !== null) checkPicturesWhole(tokens, prompts, output.inputIds);
    if (generated !== undefined) {
      const offsets = output.offsetMapping?.tolist() as [number, number][][];
      const masks = offsets.map((row, index) => maskOverlapping(row, (generated[index] ?? []).map((span) => (expanded[index] as ExpandedPrompt).shift(span))));
      output.assistantMasks = Tensor.from("int32", masks);
      if (textOptions.returnOffsetsMapping !== true) delete output.offsetMapping;
    }
    if (returnMmTokenTypeIds) {
      if (tokens === null) throw new InputError("returnMmTokenTypeIds: this checkpoint takes text only");
      output.tokenTypeIds = markImageTokens(tokens, output.inputIds);
    }
    if (prepared !== null) output.pixelValues = prepared.pixelValues;
    return output;
  }

  async #prepare(
    where: string,
    pictures: (readonly PictureInput[])[] | null,
    pictureOptions: PictureOptions,
    { fetch, signal }: ProcessingOptions,
  ): Promise<PreparedPictures | null> {
    if (pictures === null) {
      const useless = Object.keys(pictureOptions)[0];
      if (useless !== undefined) throw new InputError(`${where}: ${useless} has no effect without pictures`);
      return null;
    }
    if (this.imageProcessor === null) {
      throw new ConfigError("this checkpoint has neither processor_config.json nor preprocessor_config.json: it takes text only");
    }
    const config = overridePictureConfig(this.imageProcessor, pictureOptions);
    return preparePictures(pictures.flat(), config, await loadPictureModule(), { fetch, signal });
  }

  #texts(where: string, text: string | readonly string[] | undefined, pictures: (readonly PictureInput[])[] | null): readonly string[] {
    if (text === undefined || (Array.isArray(text) && text.length === 0 && pictures !== null)) {
      if (pictures === null) throw new InputError(`${where}: text or images are needed`);
      if (this.#imageTokens === null) throw new InputError(`${where}: this checkpoint takes text only`);
      return promptsForPictures(this.#imageTokens, pictures);
    }
    if (typeof text === "string") return [text];
    if (!Array.isArray(text)) throw new InputError(`${where}: text must be a string or an array of strings, not ${describe(text)}`);
    const odd = text.findIndex((item: unknown) => typeof item !== "string");
    if (odd >= 0) throw new InputError(`${where}: text[${odd}] must be a string, not ${describe(text[odd])}`);
    return text;
  }
}

/** Texts beside the prompts, in rows as these are. */
function inRows({ textPair, textTarget, textPairTarget, ...rest }: TextOptions): CallOptions {
  const rows = (text: string | readonly string[]): readonly string[] => (typeof text === "string" ? [text] : text);
  return {
    ...rest,
    ...(textPair !== undefined && { textPair: rows(textPair) }),
    ...(textTarget !== undefined && { textTarget: rows(textTarget) }),
    ...(textPairTarget !== undefined && { textPairTarget: rows(textPairTarget) }),
  };
}

/** Options of one kind from both places where they may stand. */
function mergeGroup<T extends object>(
  where: string,
  options: ProcessingOptions,
  group: "textKwargs" | "imagesKwargs",
  keys: readonly (keyof T & string)[],
): T {
  const nested = options[group] ?? {};
  checkOptions(`${where}: ${group}`, nested, keys);
  const outside = pickOptions(options as T, keys);
  for (const key of keys) {
    if (key in outside && (nested as T)[key] !== undefined) {
      throw new InputError(`${where}: ${key} is given twice, in ${group} and outside of it`);
    }
  }
  return { ...outside, ...pickOptions(nested as T, keys) } as T;
}
