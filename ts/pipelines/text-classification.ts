import { InputError } from "../errors.js";
import type { SourceLike } from "../hub/index.js";
import type { T5Gemma2Config } from "../models/config.js";
import type { FromPretrainedOptions } from "../models/load-options.js";
import { T5Gemma2ForSequenceClassification } from "../models/sequence-classification.js";
import { checkOptions, describe, pickOptions } from "../options.js";
import { Tokenizer } from "../processing/tokenizer.js";
import { type LoadedPipeline, loadTogether, shown } from "./loaded.js";
import { computeRows, READING_OPTIONS, READING_TEXT_OPTIONS, type ReadingOptions, type ReadingTextOptions, rowsOf, type TokenRow } from "./reading.js";
import { argmax, labelOf, sigmoid, softmax } from "./scores.js";

/** A text, or two that are classified together. */
export type ClassifiedText = string | { readonly text: string; readonly textPair?: string | undefined };

/** A label, and how well it fits. */
export interface LabelScore {
  readonly label: string;
  /** A probability, or the model's own number where no function is applied. */
  readonly score: number;
}

/** What makes scores of the model's numbers. */
export type ScoreFunction = "sigmoid" | "softmax" | "none";

/** How to classify texts. */
export interface TextClassificationOptions extends ReadingOptions, ReadingTextOptions {
  /** How many labels to return, the best first; null for all. Given at all, each text gets an array of labels. */
  topK?: number | null | undefined;
  /** @default for regression "none", for several labels at once or a single one "sigmoid", else "softmax" */
  functionToApply?: ScoreFunction | undefined;
}

/** Texts in, labels out. */
export interface TextClassificationPipeline extends LoadedPipeline<"text-classification", T5Gemma2ForSequenceClassification> {
  readonly tokenizer: Tokenizer;
  /**
   * Classifies a text, or two that belong together.
   *
   * @returns the best label, or `topK` of them, the best first
   * @throws InputError naming what is wrong with the input or an option
   */
  (input: ClassifiedText, options?: TextClassificationOptions): Promise<LabelScore[]>;
  /** Classifies several texts: for each as many labels as are asked for. */
  (input: readonly ClassifiedText[], options: TextClassificationOptions & { topK: number | null }): Promise<LabelScore[][]>;
  /** Classifies several texts: for each the best label. */
  (input: readonly ClassifiedText[], options?: TextClassificationOptions & { topK?: undefined }): Promise<LabelScore[]>;
}

const OPTIONS = [...READING_OPTIONS, ...READING_TEXT_OPTIONS, "topK", "functionToApply"] as const satisfies readonly (keyof TextClassificationOptions)[];
const FUNCTIONS: Readonly<Record<ScoreFunction, (logits: Float32Array) => Float32Array>> = { sigmoid, softmax, none: (logits) => logits };

/** Loads the pipeline. */
export async function textClassificationPipeline(source: SourceLike, options: FromPretrainedOptions): Promise<TextClassificationPipeline> {
  const [model, tokenizer] = await loadTogether(
    source,
    options,
    (files, each) => T5Gemma2ForSequenceClassification.fromPretrained(files, each),
    (files, each) => Tokenizer.fromPretrained(files, each),
  );

  const call = async (input: unknown, wish: TextClassificationOptions = {}): Promise<LabelScore[] | LabelScore[][]> => {
    checkOptions("text-classification", wish, OPTIONS);
    const { topK, functionToApply = defaultFunction(model.config) } = wish;
    checkTopK(topK);
    if (!Object.hasOwn(FUNCTIONS, functionToApply)) {
      throw new InputError(`functionToApply: ${JSON.stringify(functionToApply)} is not one of ${Object.keys(FUNCTIONS).join(", ")}`, { details: { option: "functionToApply" } });
    }
    const isBatched = Array.isArray(input);
    const texts: readonly unknown[] = isBatched ? input : [input];
    if (texts.length === 0) throw new InputError("text-classification: the input must hold at least one text");
    const rows = texts.map((text, index) => encode(tokenizer, isBatched ? `input[${index}]` : "the input", text, wish));
    const scores = await computeRows(rows, wish, async (batch) => {
      const { logits } = await model.forward(batch);
      return rowsOf(await logits.data(), batch.inputIds.length).map(FUNCTIONS[functionToApply]);
    });
    const best = scores.map((each) => bestLabels(each, model.config.id2label, topK));
    return isBatched && topK !== undefined ? best : best.flat();
  };

  return Object.assign(call as TextClassificationPipeline, { tokenizer }, shown("text-classification", model));
}

/** The oracle's choice, by what the labels mean. */
function defaultFunction({ problemType, numLabels }: T5Gemma2Config): ScoreFunction {
  if (problemType === "regression") return "none";
  return problemType === "multi_label_classification" || numLabels === 1 ? "sigmoid" : "softmax";
}

function encode(tokenizer: Tokenizer, name: string, value: unknown, wish: TextClassificationOptions): TokenRow {
  const [text, textPair] = textsOf(name, value);
  const { inputIds, attentionMask } = tokenizer.call(text, { ...pickOptions(wish, READING_TEXT_OPTIONS), textPair });
  return { inputIds, attentionMask: attentionMask as number[] };
}

function textsOf(name: string, value: unknown): readonly [text: string, textPair: string | undefined] {
  if (typeof value === "string") return [value, undefined];
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InputError(`text-classification: ${name} must be text or { text, textPair }, not ${describe(value)}`);
  }
  checkOptions(`text-classification: ${name}`, value, ["text", "textPair"]);
  const { text, textPair } = value as Readonly<Record<string, unknown>>;
  if (typeof text !== "string") throw new InputError(`text-classification: text of ${name} must be a string, not ${describe(text)}`);
  if (textPair !== undefined && typeof textPair !== "string") {
    throw new InputError(`text-classification: textPair of ${name} must be a string, not ${describe(textPair)}`);
  }
  return [text, textPair];
}

function checkTopK(topK: unknown): void {
  if (topK === undefined || topK === null || (Number.isSafeInteger(topK) && (topK as number) >= 1)) return;
  throw new InputError(`topK: must be a whole number from 1, or null for all labels, not ${String(topK)}`, { details: { option: "topK" } });
}

function bestLabels(scores: Float32Array, id2label: Readonly<Record<number, string>>, topK: number | null | undefined): LabelScore[] {
  const labelled = (id: number): LabelScore => ({ label: labelOf(id2label, id), score: scores[id] as number });
  if (topK === undefined) return [labelled(argmax(scores))];
  const all = Array.from(scores, (_, id) => labelled(id)).sort((a, b) => b.score - a.score);
  return topK === null ? all : all.slice(0, topK);
}
