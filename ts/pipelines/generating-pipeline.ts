import { InputError } from "../errors.js";
import type { SourceLike } from "../hub/index.js";
import { GENERATE_OPTION_KEYS, type GenerateOptions } from "../generation/options.js";
import { T5Gemma2ForConditionalGeneration } from "../models/conditional-generation.js";
import type { StreamedToken } from "../models/generate.js";
import type { FromPretrainedOptions } from "../models/load-options.js";
import { checkOptions, pickOptions } from "../options.js";
import { Processor } from "../processing/processor.js";
import type { ProcessorOutput } from "../processing/processor-types.js";
import { DECODE_OPTIONS, type DecodeOptions } from "../processing/tokenizer-types.js";
import { type LoadedPipeline, loadTogether, shown } from "./loaded.js";
import { type PrepareOptions, PROMPT_OPTIONS, type PromptOptions } from "./prompts.js";
import { readTaskSettings } from "./task-settings.js";

/** One answer. */
export interface GeneratedText {
  /** The prompt as the tokenizer read it: what was given, or the chat template's text. */
  readonly inputText: string;
  /** The answer, without special tokens. */
  readonly generatedText: string;
}

/** One answer as tokens. */
export interface GeneratedTokenIds {
  /** As in {@link GeneratedText}. */
  readonly inputText: string;
  /** The whole sequence, from what the decoder began with. */
  readonly generatedTokenIds: readonly number[];
}

/** How to read, to generate and to show an answer. */
export interface AnswerOptions extends GenerateOptions, PromptOptions, DecodeOptions {
  /** Whether special tokens are left out of the text. @default true */
  skipSpecialTokens?: boolean;
  /** Whether answers come as token ids, in place of their text. @default false */
  returnTensors?: boolean | undefined;
}

const ANSWER_OPTIONS = [...PROMPT_OPTIONS, ...DECODE_OPTIONS, "returnTensors"] as const satisfies readonly (keyof AnswerOptions)[];

/** A pipeline: a function from inputs to answers, and what it works with. */
export interface GeneratingPipeline<Task extends string, Input, Answer = GeneratedText> extends LoadedPipeline<Task, T5Gemma2ForConditionalGeneration> {
  /**
   * Answers one input or several.
   *
   * @returns one entry an input, or `numReturnSequences` of them, next to each other
   * @throws InputError naming what is wrong with an input or option
   */
  (input: Input, options: AnswerOptions & { returnTensors: true }): Promise<GeneratedTokenIds[]>;
  (input: Input, options?: AnswerOptions & { returnTensors?: false | undefined }): Promise<Answer[]>;
  /** Answers one input, token by token; whoever stops reading stops the generation. */
  stream(input: Input, options?: GenerateOptions & PromptOptions): AsyncGenerator<StreamedToken, void, undefined>;
  readonly processor: Processor;
}

/** What a task makes of its input: prompts, and a model's inputs of them. */
export interface Prepared {
  readonly texts: readonly string[];
  readonly inputs: ProcessorOutput;
}

/** Makes a model's inputs of a task's input. */
export type Prepare<Input> = (processor: Processor, input: Input, options: PrepareOptions) => Promise<Prepared>;

/** What a model's pipeline needs besides; a failure leaves no model behind. */
function orDispose<T>(model: { dispose(): void }, make: () => T): T {
  try {
    return make();
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** Makes a pipeline of a way to prepare inputs and to show answers. */
export async function generatingPipeline<Task extends string, Input, Answer>(
  task: Task,
  prepare: Prepare<Input>,
  show: (answer: GeneratedText) => Answer,
  source: SourceLike,
  options: FromPretrainedOptions,
): Promise<GeneratingPipeline<Task, Input, Answer>> {
  const [model, processor] = await loadTogether(
    source,
    options,
    (files, each) => T5Gemma2ForConditionalGeneration.fromPretrained(files, each),
    (files, each) => Processor.fromPretrained(files, each),
  );
  const { prefix, settings } = orDispose(model, () => readTaskSettings(model.config.toJSON(), task));
  const apart = ({ signal, ...options }: GenerateOptions & PromptOptions): [how: PrepareOptions, generate: GenerateOptions] => {
    const generate = Object.fromEntries(Object.entries(options).filter(([key]) => !(ANSWER_OPTIONS as readonly string[]).includes(key)));
    return [{ ...pickOptions(options, PROMPT_OPTIONS), signal, prefix }, withSettings({ ...generate, signal })];
  };
  const withSettings = (generateOptions: GenerateOptions): GenerateOptions =>
    settings === undefined ? generateOptions : { ...generateOptions, generationConfig: { ...settings, ...generateOptions.generationConfig } };

  const call = async (input: Input, options: AnswerOptions = {}): Promise<(Answer | GeneratedTokenIds)[]> => {
    checkOptions(task, options, [...GENERATE_OPTION_KEYS, ...ANSWER_OPTIONS]);
    const [how, generate] = apart(options);
    const { returnTensors = false, ...decoding } = { ...pickOptions(options, ["returnTensors"]), skipSpecialTokens: true, ...pickOptions(options, DECODE_OPTIONS) };
    const { texts, inputs } = await prepare(processor, input, how);
    const { sequences } = await model.generate({ ...inputs, tokenizer: processor, ...generate });
    const inputText = (row: number): string => texts[Math.floor((row * texts.length) / sequences.length)] as string;
    if (returnTensors) return sequences.map((generatedTokenIds, row) => ({ inputText: inputText(row), generatedTokenIds }));
    return processor.batchDecode(sequences, decoding).map((generatedText, row) => show({ inputText: inputText(row), generatedText }));
  };

  async function* stream(input: Input, options: GenerateOptions & PromptOptions = {}): AsyncGenerator<StreamedToken, void, undefined> {
    checkOptions(`${task}: stream`, options, [...GENERATE_OPTION_KEYS, ...PROMPT_OPTIONS]);
    const [how, generate] = apart(options);
    const { texts, inputs } = await prepare(processor, input, how);
    if (texts.length !== 1) throw new InputError(`${task}: stream takes one input, not ${texts.length}; a call takes several`);
    yield* model.stream({ ...inputs, tokenizer: processor, ...generate });
  }

  return Object.assign(call as GeneratingPipeline<Task, Input, Answer>, { stream, processor }, shown(task, model));
}
