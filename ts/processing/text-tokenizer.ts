import { ConfigError, InputError } from "../errors.js";
import { checkOptions, describe } from "../options.js";
import { encodeTexts, firstRow, toBatchEncoding, toTensorEncoding } from "./batch-encoding.js";
import { type LengthOptions, type LengthPlan, planLengths, sideOf } from "./encode-options.js";
import { countAdded, readTemplate, type Side, simpleTemplate, type Template } from "./encoding.js";
import { PAD_OPTIONS, type PadInput, type PadOptions, type Padded, padEncodings } from "./pad.js";
import { isGemma, readAddedTokens, readSpecialTokens } from "./special-tokens.js";
import { TextEncoding } from "./text-encoder.js";
import { pairUp, type TextsInput } from "./text-inputs.js";
import type { TokenizerFiles } from "./tokenizer-json.js";
import {
  type BatchEncoding,
  CALL_OPTIONS,
  type CallOptions,
  ENCODE_OPTIONS,
  type EncodeOptions,
  type Encoding,
  type TensorEncoding,
  type TokenizerPreferences,
} from "./tokenizer-types.js";
import { Vocabulary } from "./vocabulary.js";

/** The official number for "no limit". */
const NO_LIMIT = 1e30;

/** Text to token ids, exactly as the official tokenizer of the checkpoint does it. */
export class TextTokenizer extends Vocabulary {
  /** Where padding goes. */
  paddingSide: Side;
  /** Where tokens are cut. */
  truncationSide: Side;
  /** What sequences are cut or filled to where no length is given; 1e30 for no limit. */
  modelMaxLength: number;
  /** Whether special tokens that stand in texts are encoded as plain text where a call doesn't say. */
  splitSpecialTokens: boolean;
  #addBosToken: boolean;
  #addEosToken: boolean;
  #template: Template;

  /** @throws ConfigError if the files don't make a tokenizer */
  constructor(files: TokenizerFiles, preferences: TokenizerPreferences = {}) {
    const { tokenizer, config } = files;
    const special = readSpecialTokens(files);
    super(new TextEncoding(tokenizer, readAddedTokens(tokenizer, config, special)), special);
    const configuredPadding = configuredSide("padding_side", config.padding_side ?? (isGemma(config) ? "left" : "right"));
    const configuredTruncation = configuredSide("truncation_side", config.truncation_side ?? "right");
    this.paddingSide = sideOf("paddingSide", preferences.paddingSide ?? configuredPadding);
    this.truncationSide = sideOf("truncationSide", preferences.truncationSide ?? configuredTruncation);
    this.modelMaxLength = preferences.modelMaxLength ?? config.model_max_length ?? config.max_len ?? NO_LIMIT;
    this.splitSpecialTokens = preferences.splitSpecialTokens ?? config.split_special_tokens ?? false;
    const [addBos, addEos] = [preferences.addBosToken ?? config.add_bos_token, preferences.addEosToken ?? config.add_eos_token];
    this.#addBosToken = addBos ?? false;
    this.#addEosToken = addEos ?? false;
    this.#template = addBos === undefined && addEos === undefined ? readTemplate(tokenizer.post_processor) : this.#ownTemplate();
  }

  /** Whether {@link bosToken} is put before texts; false where tokenizer.json alone decides. Setting it replaces what that puts around texts. */
  get addBosToken(): boolean {
    return this.#addBosToken;
  }

  set addBosToken(value: boolean) {
    this.#addBosToken = value;
    this.#template = this.#ownTemplate();
  }

  /** Whether {@link eosToken} is put after texts; false where tokenizer.json alone decides. Setting it replaces what that puts around texts. */
  get addEosToken(): boolean {
    return this.#addEosToken;
  }

  set addEosToken(value: boolean) {
    this.#addEosToken = value;
    this.#template = this.#ownTemplate();
  }

  /** The tokens of a text, as strings; without special tokens unless asked for. */
  tokenize(text: string, options: { textPair?: string | undefined; addSpecialTokens?: boolean } = {}): string[] {
    checkOptions("tokenize", options, ["textPair", "addSpecialTokens"]);
    const ids = this.encode(text, { addSpecialTokens: false, ...options });
    return this.convertIdsToTokens(ids) as string[];
  }

  /** How many special tokens are added around a text, or around a pair. */
  numSpecialTokensToAdd(pair = false): number {
    return countAdded(this.#template, pair);
  }

  /** The most tokens that a text may have so that {@link modelMaxLength} is kept with special tokens around it. */
  get maxLenSingleSentence(): number {
    return this.modelMaxLength - this.numSpecialTokensToAdd(false);
  }

  /** The most tokens that two texts together may have so that {@link modelMaxLength} is kept. */
  get maxLenSentencesPair(): number {
    return this.modelMaxLength - this.numSpecialTokensToAdd(true);
  }

  /**
   * The token ids of a text, or of each text.
   *
   * @throws InputError for an unknown option or one that has no effect, and for anything that is no text
   */
  encode(text: readonly string[], options: EncodeOptions & { isSplitIntoWords: true }): number[];
  encode(text: string, options?: EncodeOptions): number[];
  encode(text: readonly string[] | readonly (readonly string[])[], options?: EncodeOptions): number[][];
  encode(text: TextsInput, options: EncodeOptions = {}): number[] | number[][] {
    checkOptions("encode", options, ENCODE_OPTIONS);
    const { batch, isBatched } = this.encodeAll("encode", text, options);
    return isBatched ? batch.inputIds : (batch.inputIds[0] as number[]);
  }

  /**
   * Everything that a text, or each text, becomes: ids, attention mask, and what else is asked for. Python's
   * `tokenizer(text, ...)`.
   *
   * @param text null where `textTarget` stands in its place
   * @throws InputError as {@link encode}; also for tensors of rows that differ in length
   */
  call(text: TextsInput | null, options: CallOptions & { returnTensors: true }): TensorEncoding;
  call(text: TextsInput | null, options: CallOptions & { returnOverflowingTokens: true; returnTensors?: false }): BatchEncoding;
  call(text: readonly string[], options: CallOptions & { isSplitIntoWords: true; returnTensors?: false }): Encoding;
  call(text: string, options?: CallOptions & { returnTensors?: false }): Encoding;
  call(text: readonly string[] | readonly (readonly string[])[], options?: CallOptions & { returnTensors?: false }): BatchEncoding;
  call(text: null, options: CallOptions & { textTarget: TextsInput; returnTensors?: false }): Encoding | BatchEncoding;
  call(text: TextsInput | null, options: CallOptions = {}): Encoding | BatchEncoding | TensorEncoding {
    checkOptions("call", options, CALL_OPTIONS);
    const { batch, isBatched } = this.#callAll(text, options);
    if (options.returnTensors) return toTensorEncoding(batch);
    return isBatched || options.returnOverflowingTokens ? batch : firstRow(batch);
  }

  /**
   * Fills encodings up to one length: one, several, or one with rows. Ids, attention masks, token types and special-token
   * masks are filled, other entries stay as they are.
   *
   * @throws InputError for an unknown option or encodings that differ in what they have; for tensors of rows that differ in length
   */
  pad(encodings: PadInput, options: PadOptions & { returnTensors: true }): TensorEncoding;
  pad<T extends PadInput>(encodings: T, options?: PadOptions & { returnTensors?: false }): Padded<T>;
  pad(encodings: PadInput, options: PadOptions = {}): object {
    checkOptions("pad", options, PAD_OPTIONS);
    const { returnAttentionMask, returnTensors, ...lengths } = options;
    const plan = this.planLengths({ padding: true, truncation: false, ...lengths });
    return padEncodings(encodings, plan, this.padTokenId ?? 0, { returnAttentionMask, returnTensors });
  }

  /** @internal What texts become, whatever the form the caller wants. */
  encodeAll(
    where: string,
    text: TextsInput,
    options: CallOptions,
    names?: readonly [text: string, pair: string],
  ): { batch: BatchEncoding; isBatched: boolean } {
    const { textPair, isSplitIntoWords, returnOverflowingTokens = false, stride = 0 } = options;
    const { texts, isBatched } = pairUp(where, { text, textPair, isSplitIntoWords }, names);
    if (!Number.isSafeInteger(stride) || stride < 0) throw new InputError(`stride must be an integer from 0, not ${String(stride)}`);
    if (stride > 0 && !returnOverflowingTokens) throw new InputError("stride has no effect without returnOverflowingTokens");
    const encoded = encodeTexts(this.encoding, texts, {
      template: this.#template,
      addSpecialTokens: options.addSpecialTokens ?? true,
      lengths: { ...this.planLengths(options), stride },
      padId: this.padTokenId ?? 0,
      split: {
        withOffsets: options.returnOffsetsMapping ?? false,
        splitSpecialTokens: options.splitSpecialTokens ?? this.splitSpecialTokens,
      },
      withOverflow: returnOverflowingTokens,
    });
    return { batch: toBatchEncoding(encoded, options), isBatched };
  }

  /** @internal */
  protected planLengths(options: LengthOptions): LengthPlan {
    const { modelMaxLength, paddingSide, truncationSide } = this;
    return planLengths(options, { modelMaxLength, paddingSide, truncationSide, hasPadToken: this.padTokenId !== undefined });
  }

  #callAll(text: TextsInput | null, options: CallOptions): { batch: BatchEncoding; isBatched: boolean } {
    const { textTarget, textPairTarget, maxTargetLength, textPair, ...rest } = options;
    if (textTarget === undefined) {
      const useless = Object.entries({ textPairTarget, maxTargetLength }).find(([, value]) => value !== undefined)?.[0];
      if (useless !== undefined) throw new InputError(`call: ${useless} has no effect without textTarget`);
      if (text === null) throw new InputError("call: text or textTarget is needed");
      return this.encodeAll("call", text, options);
    }
    const targetOptions = { ...rest, textPair: textPairTarget, ...(maxTargetLength !== undefined && { maxLength: maxTargetLength }) };
    // The lengths of texts settle whether targets are cut; only the number may differ.
    if (maxTargetLength !== undefined && rest.truncation === undefined && rest.padding === undefined && rest.maxLength === undefined) {
      throw new InputError('maxTargetLength has no effect here: it needs truncation, or padding "maxLength"');
    }
    const target = this.encodeAll("call", textTarget, targetOptions, ["textTarget", "textPairTarget"]);
    if (text === null) {
      if (textPair !== undefined) throw new InputError(`call: textPair must come with text, which is ${describe(text)}`);
      return target;
    }
    const source = this.encodeAll("call", text, { ...rest, textPair });
    if (source.isBatched !== target.isBatched) throw new InputError("call: text and textTarget must both be single texts, or both arrays of them");
    return { batch: { ...source.batch, labels: target.batch.inputIds }, isBatched: source.isBatched };
  }

  #ownTemplate(): Template {
    const token = (isWanted: boolean, content: string | undefined) => {
      const id = content === undefined ? undefined : this.encoding.idOf(content);
      return isWanted && content !== undefined && id !== undefined ? { content, id } : null;
    };
    return simpleTemplate(token(this.#addBosToken, this.bosToken), token(this.#addEosToken, this.eosToken));
  }
}

function configuredSide(name: string, value: string): Side {
  if (value !== "left" && value !== "right") throw new ConfigError(`${name} must be "left" or "right", not ${JSON.stringify(value)}`);
  return value;
}
