import { InputError } from "../errors.js";
import type { SourceLike } from "../hub/index.js";
import { T5Gemma2Encoder } from "../models/encoder-model.js";
import type { FromPretrainedOptions } from "../models/load-options.js";
import { checkPooling, poolStates, type Pooling } from "../models/pooling.js";
import { checkOptions, describe, pickOptions } from "../options.js";
import { Tensor } from "../processing/tensor.js";
import { Tokenizer } from "../processing/tokenizer.js";
import { type LoadedPipeline, loadTogether, shown } from "./loaded.js";
import { computeRows, READING_OPTIONS, READING_TEXT_OPTIONS, type ReadingOptions, type ReadingTextOptions, rowsOf, type TokenRow } from "./reading.js";

/** How to make vectors of texts. */
export interface FeatureExtractionOptions extends ReadingOptions, ReadingTextOptions {
  /** One vector a text, the mean of its tokens' or its last token's, or one a token. @default "none" */
  pooling?: Pooling | undefined;
  /** Divide each vector by its L2 length, so that a dot product is a cosine. @default false */
  normalize?: boolean | undefined;
}

/** Texts in, vectors out; by the encoder alone, so that no weight of the decoder is loaded. */
export interface FeatureExtractionPipeline extends LoadedPipeline<"feature-extraction", T5Gemma2Encoder> {
  readonly tokenizer: Tokenizer;
  /**
   * Reads a text or several.
   *
   * @returns [texts, hidden] with pooling; without [texts, tokens of the longest, hidden], shorter texts filled up with zeros
   * @throws InputError naming what is wrong with the input or an option
   */
  (input: string | readonly string[], options?: FeatureExtractionOptions): Promise<Tensor<"float32">>;
}

const OPTIONS = [...READING_OPTIONS, ...READING_TEXT_OPTIONS, "pooling", "normalize"] as const satisfies readonly (keyof FeatureExtractionOptions)[];

/** Loads the pipeline. */
export async function featureExtractionPipeline(source: SourceLike, options: FromPretrainedOptions): Promise<FeatureExtractionPipeline> {
  const [model, tokenizer] = await loadTogether(
    source,
    options,
    (files, each) => T5Gemma2Encoder.fromPretrained(files, each),
    (files, each) => Tokenizer.fromPretrained(files, each),
  );

  const call = async (input: string | readonly string[], wish: FeatureExtractionOptions = {}): Promise<Tensor<"float32">> => {
    checkOptions("feature-extraction", wish, OPTIONS);
    const { normalize = false, signal } = wish;
    const pooling = checkPooling(wish.pooling ?? "none");
    if (typeof normalize !== "boolean") throw new InputError(`normalize: must be true or false, not ${describe(normalize)}`, { details: { option: "normalize" } });
    const rows = textsOf(input).map((text) => encode(tokenizer, text, wish));
    const vectors = await computeRows(rows, wish, async ({ inputIds, attentionMask }) => {
      using encoded = await model.encode({ inputIds, attentionMask, signal });
      const pooled = poolStates(await encoded.lastHiddenState(), pooling, { attentionMask, normalize });
      return rowsOf(await pooled.data(), inputIds.length);
    });
    const hidden = model.config.encoder.textConfig.hiddenSize;
    const longest = vectors.reduce((most, { length }) => Math.max(most, length), 0);
    const data = new Float32Array(vectors.length * longest);
    vectors.forEach((vector, index) => data.set(vector, index * longest));
    return new Tensor("float32", data, pooling === "none" ? [vectors.length, longest / hidden, hidden] : [vectors.length, hidden]);
  };

  return Object.assign(call, { tokenizer }, shown("feature-extraction", model));
}

function textsOf(input: unknown): readonly string[] {
  const texts: readonly unknown[] = typeof input === "string" ? [input] : (input as readonly unknown[]);
  if (!Array.isArray(texts) || texts.length === 0) throw new InputError(`feature-extraction: the input must be text or an array of texts, not ${describe(input)}`);
  const odd = texts.findIndex((text) => typeof text !== "string");
  if (odd >= 0) throw new InputError(`feature-extraction: input[${odd}] must be a string, not ${describe(texts[odd])}`);
  return texts as readonly string[];
}

function encode(tokenizer: Tokenizer, text: string, wish: FeatureExtractionOptions): TokenRow {
  const { inputIds, attentionMask } = tokenizer.call(text, pickOptions(wish, READING_TEXT_OPTIONS));
  return { inputIds, attentionMask: attentionMask as number[] };
}
