import { InputError } from "../errors.js";
import { oncePerFile, openSource, type SourceLike } from "../hub/index.js";
import { GENERATE_OPTION_KEYS, type GenerateOptions } from "../generation/options.js";
import { T5Gemma2ForConditionalGeneration } from "../models/conditional-generation.js";
import type { StreamedToken } from "../models/generate.js";
import type { FromPretrainedOptions } from "../models/load-options.js";
import { checkOptions } from "../options.js";
import { Processor } from "../processing/processor.js";
import type { ProcessorOutput } from "../processing/processor-types.js";
import type { Device, Dtype } from "../runtime/types.js";

/** One answer. */
export interface GeneratedText {
  /** The prompt as the tokenizer read it: what was given, or the chat template's text. */
  readonly inputText: string;
  /** The answer, without special tokens. */
  readonly generatedText: string;
}

/** A pipeline: a function from inputs to answers, and what it works with. */
export interface GeneratingPipeline<Task extends string, Input> {
  /**
   * Answers one input or several.
   *
   * @returns one entry an input, or `numReturnSequences` of them, next to each other
   * @throws InputError naming what is wrong with an input or option
   */
  (input: Input, options?: GenerateOptions): Promise<GeneratedText[]>;
  /** Answers one input, token by token; whoever stops reading stops the generation. */
  stream(input: Input, options?: GenerateOptions): AsyncGenerator<StreamedToken, void, undefined>;
  readonly task: Task;
  readonly model: T5Gemma2ForConditionalGeneration;
  readonly processor: Processor;
  /** Where it computes, and why there. */
  readonly device: Device;
  readonly deviceReason: string;
  /** How the weights are kept. */
  readonly dtype: Dtype;
  /** Frees the weights. Safe to call twice; later calls throw. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** What a task makes of its input: prompts, and a model's inputs of them. */
export interface Prepared {
  readonly texts: readonly string[];
  readonly inputs: ProcessorOutput;
}

/** Makes a model's inputs of a task's input. */
export type Prepare<Input> = (processor: Processor, input: Input, signal: AbortSignal | undefined) => Promise<Prepared>;

/** Loads model and processor side by side, as one load to whoever listens. */
async function load(source: SourceLike, options: FromPretrainedOptions): Promise<[T5Gemma2ForConditionalGeneration, Processor]> {
  const { device, dtype, onProgress: listener, ...rest } = options;
  const once = oncePerFile(listener);
  const onProgress: typeof listener = once && ((event) => (event.status === "ready" ? undefined : once(event)));
  const files = await openSource(source, { ...rest, onProgress });
  const listening = { signal: rest.signal, onProgress };
  const [model, processor] = await Promise.allSettled([
    T5Gemma2ForConditionalGeneration.fromPretrained(files, { device, dtype, ...listening }),
    Processor.fromPretrained(files, listening),
  ]);
  if (model.status === "rejected") throw model.reason;
  if (processor.status === "rejected") {
    model.value.dispose();
    throw processor.reason;
  }
  listener?.({ status: "ready", file: files.name });
  return [model.value, processor.value];
}

/** Makes a pipeline of a way to prepare inputs. */
export async function generatingPipeline<Task extends string, Input>(
  task: Task,
  prepare: Prepare<Input>,
  source: SourceLike,
  options: FromPretrainedOptions,
): Promise<GeneratingPipeline<Task, Input>> {
  const [model, processor] = await load(source, options);

  const call = async (input: Input, generateOptions: GenerateOptions = {}): Promise<GeneratedText[]> => {
    checkOptions(task, generateOptions, GENERATE_OPTION_KEYS);
    const { texts, inputs } = await prepare(processor, input, generateOptions.signal);
    const { sequences } = await model.generate({ ...inputs, tokenizer: processor, ...generateOptions });
    const answers = processor.batchDecode(sequences, { skipSpecialTokens: true });
    const perInput = answers.length / texts.length;
    return answers.map((generatedText, row) => ({ inputText: texts[Math.floor(row / perInput)] as string, generatedText }));
  };

  async function* stream(input: Input, generateOptions: GenerateOptions = {}): AsyncGenerator<StreamedToken, void, undefined> {
    checkOptions(`${task}: stream`, generateOptions, GENERATE_OPTION_KEYS);
    const { texts, inputs } = await prepare(processor, input, generateOptions.signal);
    if (texts.length !== 1) throw new InputError(`${task}: stream takes one input, not ${texts.length}; a call takes several`);
    yield* model.stream({ ...inputs, tokenizer: processor, ...generateOptions });
  }

  return Object.assign(call, {
    stream,
    task,
    model,
    processor,
    device: model.device,
    deviceReason: model.deviceReason,
    dtype: model.dtype,
    dispose: () => model.dispose(),
    [Symbol.dispose]: () => model.dispose(),
  });
}
