import { InputError } from "../errors.js";
import type { SourceLike } from "../hub/index.js";
import { T5Gemma2Encoder } from "../models/encoder-model.js";
import type { FromPretrainedOptions } from "../models/load-options.js";
import { checkPooling, poolStates, type Pooling } from "../models/pooling.js";
import { checkOptions, describe, pickOptions } from "../options.js";
import type { PicturesInput } from "../processing/image-prompt.js";
import { Processor } from "../processing/processor.js";
import { Tensor } from "../processing/tensor.js";
import type { Tokenizer } from "../processing/tokenizer.js";
import type { PicturePrompt } from "./image-text-to-text.js";
import { joinPictures } from "./join-rows.js";
import { type LoadedPipeline, loadTogether, shown } from "./loaded.js";
import { computeRows, READING_OPTIONS, READING_TEXT_OPTIONS, type ReadingOptions, type ReadingTextOptions, rowsOf, type TokenRow } from "./reading.js";

/** A text, or one with `<start_of_image>` where a picture goes, and its pictures. */
export type FeatureInput = string | PicturePrompt;

interface FeatureRow extends TokenRow {
  readonly pixelValues: Tensor<"float32"> | undefined;
}

/** How to make vectors of texts. */
export interface FeatureExtractionOptions extends ReadingOptions, ReadingTextOptions {
  /** One vector a text, the mean of its tokens' or its last token's, or one a token. @default "none" */
  pooling?: Pooling | undefined;
  /** Divide each vector by its L2 length, so that a dot product is a cosine. @default false */
  normalize?: boolean | undefined;
}

/** Texts and pictures in, vectors out; by the encoder alone, so that no weight of the decoder is loaded. */
export interface FeatureExtractionPipeline extends LoadedPipeline<"feature-extraction", T5Gemma2Encoder> {
  readonly tokenizer: Tokenizer;
  readonly processor: Processor;
  /**
   * Reads a text or several, with pictures or without.
   *
   * @returns [texts, hidden] with pooling; without [texts, tokens of the longest, hidden], shorter texts filled up with zeros
   * @throws InputError naming what is wrong with the input or an option
   */
  (input: FeatureInput | readonly FeatureInput[], options?: FeatureExtractionOptions): Promise<Tensor<"float32">>;
}

const OPTIONS = [...READING_OPTIONS, ...READING_TEXT_OPTIONS, "pooling", "normalize"] as const satisfies readonly (keyof FeatureExtractionOptions)[];

/** Loads the pipeline. */
export async function featureExtractionPipeline(source: SourceLike, options: FromPretrainedOptions): Promise<FeatureExtractionPipeline> {
  const [model, processor] = await loadTogether(
    source,
    options,
    (files, each) => T5Gemma2Encoder.fromPretrained(files, each),
    (files, each) => Processor.fromPretrained(files, each),
  );

  const call = async (input: FeatureInput | readonly FeatureInput[], wish: FeatureExtractionOptions = {}): Promise<Tensor<"float32">> => {
    checkOptions("feature-extraction", wish, OPTIONS);
    const { normalize = false, signal } = wish;
    const pooling = checkPooling(wish.pooling ?? "none");
    if (typeof normalize !== "boolean") throw new InputError(`normalize: must be true or false, not ${describe(normalize)}`, { details: { option: "normalize" } });
    signal?.throwIfAborted();
    const rows = await Promise.all(promptsOf(input).map((prompt) => encode(processor, prompt, wish)));
    const vectors = await computeRows(rows, wish, async ({ inputIds, attentionMask }, batch) => {
      using encoded = await model.encode({ inputIds, attentionMask, ...joinPictures(batch), signal });
      const pooled = poolStates(await encoded.lastHiddenState(), pooling, { attentionMask, normalize });
      return rowsOf(await pooled.data(), inputIds.length);
    });
    const hidden = model.config.encoder.textConfig.hiddenSize;
    const longest = vectors.reduce((most, { length }) => Math.max(most, length), 0);
    const data = new Float32Array(vectors.length * longest);
    vectors.forEach((vector, index) => data.set(vector, index * longest));
    return new Tensor("float32", data, pooling === "none" ? [vectors.length, longest / hidden, hidden] : [vectors.length, hidden]);
  };

  return Object.assign(call, { processor, tokenizer: processor.tokenizer }, shown("feature-extraction", model));
}

function promptsOf(input: unknown): readonly PicturePrompt[] {
  const items: readonly unknown[] = Array.isArray(input) ? input : [input];
  if (items.length === 0) throw new InputError("feature-extraction: the input must hold at least one text");
  return items.map((item, index) => {
    const name = Array.isArray(input) ? `input[${index}]` : "the input";
    if (typeof item === "string") return { text: item };
    if (typeof item !== "object" || item === null || Array.isArray(item)) throw new InputError(`feature-extraction: ${name} must be text or { images, text }, not ${describe(item)}`);
    checkOptions(`feature-extraction: ${name}`, item, ["text", "images"]);
    const { text } = item as { text?: unknown };
    if (typeof text !== "string") throw new InputError(`feature-extraction: text of ${name} must be a string, not ${describe(text)}`);
    return item as PicturePrompt;
  });
}

async function encode(processor: Processor, { text, images }: PicturePrompt, wish: FeatureExtractionOptions): Promise<FeatureRow> {
  const options = pickOptions(wish, READING_TEXT_OPTIONS);
  if (images === undefined) {
    const { inputIds, attentionMask } = processor.tokenizer.call(text, options);
    return { inputIds, attentionMask: attentionMask as number[], pixelValues: undefined };
  }
  const { inputIds, attentionMask, pixelValues } = await processor.process({ ...options, text, images: images as PicturesInput, ...(wish.signal && { signal: wish.signal }) });
  const [ids, mask] = [inputIds.tolist() as number[][], attentionMask?.tolist() as number[][]];
  return { inputIds: ids[0] as number[], attentionMask: mask[0] as number[], pixelValues };
}
