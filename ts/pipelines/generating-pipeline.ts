import { InputError } from "../errors.js";
import type { SourceLike } from "../hub/index.js";
import { GENERATE_OPTION_KEYS, type GenerateOptions } from "../generation/options.js";
import { T5Gemma2ForConditionalGeneration } from "../models/conditional-generation.js";
import type { StreamedToken } from "../models/generate.js";
import type { FromPretrainedOptions } from "../models/load-options.js";
import { checkOptions } from "../options.js";
import { Processor } from "../processing/processor.js";
import type { ProcessorOutput } from "../processing/processor-types.js";
import { type LoadedPipeline, loadTogether, shown } from "./loaded.js";
import { readTaskSettings } from "./task-settings.js";

/** One answer. */
export interface GeneratedText {
  /** The prompt as the tokenizer read it: what was given, or the chat template's text. */
  readonly inputText: string;
  /** The answer, without special tokens. */
  readonly generatedText: string;
}

/** A pipeline: a function from inputs to answers, and what it works with. */
export interface GeneratingPipeline<Task extends string, Input, Answer = GeneratedText> extends LoadedPipeline<Task, T5Gemma2ForConditionalGeneration> {
  /**
   * Answers one input or several.
   *
   * @returns one entry an input, or `numReturnSequences` of them, next to each other
   * @throws InputError naming what is wrong with an input or option
   */
  (input: Input, options?: GenerateOptions): Promise<Answer[]>;
  /** Answers one input, token by token; whoever stops reading stops the generation. */
  stream(input: Input, options?: GenerateOptions): AsyncGenerator<StreamedToken, void, undefined>;
  readonly processor: Processor;
}

/** What a task makes of its input: prompts, and a model's inputs of them. */
export interface Prepared {
  readonly texts: readonly string[];
  readonly inputs: ProcessorOutput;
}

/** How to read an input. */
export interface PrepareOptions {
  readonly signal?: AbortSignal | undefined;
  /** What the checkpoint wants before each plain text. */
  readonly prefix?: string | undefined;
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
  const withSettings = (generateOptions: GenerateOptions): GenerateOptions =>
    settings === undefined ? generateOptions : { ...generateOptions, generationConfig: { ...settings, ...generateOptions.generationConfig } };

  const call = async (input: Input, generateOptions: GenerateOptions = {}): Promise<Answer[]> => {
    checkOptions(task, generateOptions, GENERATE_OPTION_KEYS);
    const { texts, inputs } = await prepare(processor, input, { signal: generateOptions.signal, prefix });
    const { sequences } = await model.generate({ ...inputs, tokenizer: processor, ...withSettings(generateOptions) });
    const answers = processor.batchDecode(sequences, { skipSpecialTokens: true });
    const perInput = answers.length / texts.length;
    return answers.map((generatedText, row) => show({ inputText: texts[Math.floor(row / perInput)] as string, generatedText }));
  };

  async function* stream(input: Input, generateOptions: GenerateOptions = {}): AsyncGenerator<StreamedToken, void, undefined> {
    checkOptions(`${task}: stream`, generateOptions, GENERATE_OPTION_KEYS);
    const { texts, inputs } = await prepare(processor, input, { signal: generateOptions.signal, prefix });
    if (texts.length !== 1) throw new InputError(`${task}: stream takes one input, not ${texts.length}; a call takes several`);
    yield* model.stream({ ...inputs, tokenizer: processor, ...withSettings(generateOptions) });
  }

  return Object.assign(call, { stream, processor }, shown(task, model));
}
