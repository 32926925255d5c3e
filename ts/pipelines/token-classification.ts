import { InputError } from "../errors.js";
import type { SourceLike } from "../hub/index.js";
import type { FromPretrainedOptions } from "../models/load-options.js";
import { T5Gemma2ForTokenClassification } from "../models/token-classification.js";
import { checkOptions, describe } from "../options.js";
import { Tokenizer } from "../processing/tokenizer.js";
import { type AggregationStrategy, type Entity, type ScoredToken, toEntities, withoutOverlap } from "./entities.js";
import { type LoadedPipeline, loadTogether, shown } from "./loaded.js";
import { computeRows, READING_OPTIONS, type ReadingOptions, rowsOf } from "./reading.js";
import { softmax } from "./scores.js";
import { type Chunk, encodeChunks, type ReadText, readTexts } from "./token-chunks.js";

/** How to classify tokens. */
export interface TokenClassificationOptions extends ReadingOptions {
  /**
   * "none": each token by itself. "simple": neighbours with one label become one entity, "B-" begins another. Further, where tokens of a
   * word disagree: "first", the first one's label; "average", that of the mean scores; "max", that of the highest score. @default "none"
   */
  aggregationStrategy?: AggregationStrategy | undefined;
  /** Labels that are left out. @default ["O"] */
  ignoreLabels?: readonly string[] | undefined;
  /**
   * Reads all of a text that is longer than the tokenizer's `modelMaxLength`, in parts with so many tokens in common; without, the text
   * is cut. Not with the strategy "none".
   */
  stride?: number | undefined;
  /** Whether texts are arrays of words. @default false */
  isSplitIntoWords?: boolean | undefined;
  /** What `start` and `end` take to stand between such words. @default " " */
  delimiter?: string | undefined;
}

/** Texts in, their labelled tokens or entities out. */
export interface TokenClassificationPipeline extends LoadedPipeline<"token-classification", T5Gemma2ForTokenClassification> {
  readonly tokenizer: Tokenizer;
  /**
   * Labels the tokens of a text.
   *
   * @throws InputError naming what is wrong with the input or an option
   */
  (input: string, options?: TokenClassificationOptions & { isSplitIntoWords?: false | undefined }): Promise<Entity[]>;
  /** Labels the tokens of several texts. */
  (input: readonly string[], options?: TokenClassificationOptions & { isSplitIntoWords?: false | undefined }): Promise<Entity[][]>;
  /** Labels the tokens of a text in words. */
  (input: readonly string[], options: TokenClassificationOptions & { isSplitIntoWords: true }): Promise<Entity[]>;
  /** Labels the tokens of several texts in words. */
  (input: readonly (readonly string[])[], options: TokenClassificationOptions & { isSplitIntoWords: true }): Promise<Entity[][]>;
}

const OPTIONS = [
  ...READING_OPTIONS,
  "aggregationStrategy",
  "ignoreLabels",
  "stride",
  "isSplitIntoWords",
  "delimiter",
] as const satisfies readonly (keyof TokenClassificationOptions)[];
const STRATEGIES: readonly AggregationStrategy[] = ["none", "simple", "first", "average", "max"];

/** Loads the pipeline. */
export async function tokenClassificationPipeline(source: SourceLike, options: FromPretrainedOptions): Promise<TokenClassificationPipeline> {
  const [model, tokenizer] = await loadTogether(
    source,
    options,
    (files, each) => T5Gemma2ForTokenClassification.fromPretrained(files, each),
    (files, each) => Tokenizer.fromPretrained(files, each),
  );
  const { id2label } = model.config;
  const names = { id2label, textOf: (words: readonly string[]) => tokenizer.convertTokensToString(words) };

  const call = async (input: unknown, wish: TokenClassificationOptions = {}): Promise<Entity[] | Entity[][]> => {
    const { strategy, ignored } = checkWish(wish, tokenizer);
    const { texts, isBatched } = readTexts(input, wish);
    const chunks = texts.map((text) => encodeChunks(tokenizer, text, wish.stride));
    const scores = await computeRows(chunks.flat(), wish, async (batch) => {
      const { logits } = await model.forward(batch);
      return rowsOf(await logits.data(), batch.inputIds.length);
    });
    let at = 0;
    const entities = texts.map((text, index) => {
      const found = (chunks[index] as Chunk[]).flatMap((chunk) => toEntities(scoredTokens(tokenizer, text, chunk, scores[at++] as Float32Array), strategy, names));
      const wanted = found.filter(({ entity, entityGroup }) => !ignored.has((entity ?? entityGroup) as string));
      return (chunks[index] as Chunk[]).length > 1 ? withoutOverlap(wanted) : wanted;
    });
    return isBatched ? entities : (entities[0] as Entity[]);
  };

  return Object.assign(call as TokenClassificationPipeline, { tokenizer }, shown("token-classification", model));
}

function checkWish(wish: TokenClassificationOptions, tokenizer: Tokenizer): { strategy: AggregationStrategy; ignored: ReadonlySet<string> } {
  checkOptions("token-classification", wish, OPTIONS);
  const { aggregationStrategy: strategy = "none", ignoreLabels = ["O"], stride, isSplitIntoWords, delimiter } = wish;
  const wrong = (option: string, reason: string): InputError => new InputError(`${option}: ${reason}`, { details: { option } });
  if (!STRATEGIES.includes(strategy)) throw wrong("aggregationStrategy", `${JSON.stringify(strategy)} is not one of ${STRATEGIES.join(", ")}`);
  if (!Array.isArray(ignoreLabels) || ignoreLabels.some((label) => typeof label !== "string")) throw wrong("ignoreLabels", "must be an array of labels");
  if (isSplitIntoWords !== undefined && typeof isSplitIntoWords !== "boolean") throw wrong("isSplitIntoWords", `must be true or false, not ${describe(isSplitIntoWords)}`);
  if (delimiter !== undefined && typeof delimiter !== "string") throw wrong("delimiter", `must be a string, not ${describe(delimiter)}`);
  if (delimiter !== undefined && isSplitIntoWords !== true) throw wrong("delimiter", "has no effect without isSplitIntoWords");
  if (stride !== undefined) {
    if (!Number.isSafeInteger(stride) || stride < 0) throw wrong("stride", `must be a whole number from 0, not ${String(stride)}`);
    if (stride >= tokenizer.modelMaxLength) throw wrong("stride", `must be below the tokenizer's modelMaxLength, ${tokenizer.modelMaxLength}, not ${stride}`);
    if (strategy === "none") throw wrong("stride", 'needs an aggregationStrategy other than "none"');
  }
  return { strategy, ignored: new Set(ignoreLabels) };
}

/** A chunk's tokens with their scores, those left out that the tokenizer put there. */
function scoredTokens(tokenizer: Tokenizer, { sentence }: ReadText, chunk: Chunk, logits: Float32Array): ScoredToken[] {
  const { inputIds, specialTokensMask, offsets } = chunk;
  return rowsOf(logits, inputIds.length).flatMap((scores, index) => {
    if (specialTokensMask[index] === 1) return [];
    const [start, end] = offsets[index] as readonly [number, number];
    const isUnknown = inputIds[index] === tokenizer.unkTokenId;
    return {
      word: isUnknown ? sentence.slice(start, end) : (tokenizer.convertIdsToTokens(inputIds[index] as number) ?? ""),
      scores: softmax(scores),
      start,
      end,
      index,
      // Words are what stands between spaces: Gemma's tokens don't say.
      isSubword: !isUnknown && start > 0 && !sentence.slice(start - 1, start + 1).includes(" "),
    };
  });
}
