import { InputError } from "../errors.js";
import { functions } from "../generation/checks.js";
import { checkConstraint } from "../generation/constraint.js";
import { checkRequest, type GenerationRequest } from "../generation/decoding.js";
import { HeldText } from "../generation/held-text.js";
import { GENERATE_OPTION_KEYS, type GenerateOptions } from "../generation/options.js";
import { type GenerationPlan, planGeneration } from "../generation/plan.js";
import type { GenerateResult } from "../generation/result.js";
import { run, type Run } from "../generation/run.js";
import { type GenerationDefaults, Settings } from "../generation/settings.js";
import { startTokens } from "../generation/start-tokens.js";
import { stopStringCriterion, tokenTextsOf } from "../generation/stop-strings.js";
import { checkOptions } from "../options.js";
import { Processor } from "../processing/processor.js";
import type { TokenRows } from "../processing/token-rows.js";
import { TokenTable } from "../processing/token-table.js";
import { Tokenizer } from "../processing/tokenizer.js";
import { checkAssistant, encodeForAssistant } from "./assistant.js";
import type { EncoderDecoderCache } from "./encoder-decoder-cache.js";
import type { Encoded, EncoderSource } from "./encoder-source.js";
import { planPrompt } from "./generate-prompt.js";
import { planSource } from "./generate-source.js";
import { checkPositions, ENCODER_INPUT_KEYS } from "./inputs.js";
import type { ModelCore } from "./model-core.js";
import { checkCache, planPast } from "./past.js";

/** What `generate` reads: encoder inputs or `encoderOutputs`, and perhaps what the answer begins with. Without any the encoder reads bos. */
export interface GenerateInputs extends Omit<EncoderSource, "attentionMask"> {
  /** 1 for a token, 0 for padding on either side: [batch, length]. Every position is a token by default. */
  attentionMask?: TokenRows | undefined;
  /** What the answers begin with [batch, length]; the start token is put before, unless a row has it. */
  decoderInputIds?: TokenRows | undefined;
  /** 1 for a token, 0 for padding in `decoderInputIds`; with `pastKeyValues` see there. */
  decoderAttentionMask?: TokenRows | undefined;
  /**
   * Positions of what the decoder begins with [batch, length], the start token included; later tokens count on. By default 0, 1, 2 ...
   * after those in `pastKeyValues`.
   */
  decoderPositionIds?: TokenRows | undefined;
  /**
   * What an earlier call returned, of as many rows as there are to decode. The call takes its tokens in and returns the same object;
   * `copy()` it to keep the old one. As in transformers, with a `decoderAttentionMask` as long as `decoderInputIds` these are the whole text
   * so far, of which the cache has the first tokens; without a mask, or with one of [batch, tokens in the cache + length], all of them are new.
   * The encoder does not run if no input of its is given.
   */
  pastKeyValues?: EncoderDecoderCache | undefined;
}

/** A token of a streamed answer, and the text that is certain with it. */
export interface StreamedToken {
  readonly tokenId: number;
  /** Empty where no tokenizer was given, for special tokens, and while a character is not complete. */
  readonly text: string;
}

/** Inputs and options of `stream`. */
export type StreamInputs = GenerateInputs & GenerateOptions;

const INPUT_KEYS: readonly string[] = [
  ...ENCODER_INPUT_KEYS,
  "encoderOutputs",
  "decoderInputIds",
  "decoderAttentionMask",
  "decoderPositionIds",
  "pastKeyValues",
];

/** Checks everything that needs no computing. */
function plan(core: ModelCore, defaults: GenerationDefaults, inputs: GenerateInputs & GenerateOptions): Run {
  const settings = new Settings(inputs, defaults);
  inputs.signal?.throwIfAborted();
  const { vocabSize } = core.config.decoder;
  const cache = checkCache(core, inputs.pastKeyValues);
  const source = planSource(core, inputs, cache, settings);
  const { batch } = source;
  const starts = startTokens(settings, vocabSize, batch);
  const { prompt, mask } = planPrompt(core.config, inputs, starts, batch);
  const length = prompt[0]?.length ?? 0;
  const decoderPositions = checkPositions("decoderPositionIds", inputs.decoderPositionIds, batch, length);
  const assistant = checkAssistant(core, inputs, inputs.assistantModel);
  const request: GenerationRequest = {
    plan: planGeneration(settings, length, vocabSize, assistant),
    assistant: assistant?.core,
    prompt,
    ...planPast(cache, mask, length),
    decoderPositions,
    processors: functions("logitsProcessors", inputs.logitsProcessors),
    constraint: planConstraint(inputs),
    allowed: functions("prefixAllowedTokensFn", inputs.prefixAllowedTokensFn && [inputs.prefixAllowedTokensFn])[0],
  };
  if (request.constraint !== undefined) checkConstrained(request.plan);
  checkRequest(core, request);
  checkRows(request, batch);
  const { streamer, signal } = inputs;
  if (streamer !== undefined && request.plan.numBeams > 1) {
    throw new InputError("streamer: can't be used with beams, which are not certain before the end", { details: { option: "streamer" } });
  }
  const { stopStrings, outputHiddenStates: hiddenStates, outputAttentions: attentions } = request.plan;
  // As in the oracle, no mask is made of pad tokens: without `attentionMask` they are read.
  const encode = (): Promise<Encoded> => source.encode({ signal, hiddenStates, attentions });
  const stops = stopStrings.length === 0 ? [] : [stopStringCriterion(stopStrings, tokenTextsOf(inputs.tokenizer))];
  const criteria = [...stops, ...functions("stoppingCriteria", inputs.stoppingCriteria)];
  const forAssistant = async (encoded: Encoded): Promise<Encoded | undefined> =>
    assistant && encodeForAssistant(core, assistant.core, encoded, signal);
  return { request, criteria, streamer, signal, encode, encodeForAssistant: forAssistant };
}

/** Checks that a cache has a row for each that is decoded. */
function checkRows({ past, plan: { numBeams, numReturnSequences, useCache } }: GenerationRequest, batch: number): void {
  if (past === undefined) return;
  const [rows, wanted] = [past.cache.batch, batch * Math.max(numBeams, numReturnSequences)];
  const reason = useCache ? `have ${rows} rows, but ${wanted} are to be decoded; batchRepeatInterleave makes several of one` : "have no use with useCache: false";
  if (rows !== wanted || !useCache) throw new InputError(`pastKeyValues: ${reason}`, { details: { argument: "pastKeyValues", rows, expected: wanted } });
}

function planConstraint(inputs: GenerateOptions): GenerationRequest["constraint"] {
  const checked = checkConstraint(inputs.constraint);
  if (checked === undefined) return undefined;
  const given: unknown = inputs.tokenizer;
  const tokenizer = given instanceof Processor ? given.tokenizer : given;
  if (tokenizer instanceof Tokenizer || tokenizer instanceof TokenTable) return { checked, tokenizer };
  throw new InputError("constraint: needs the tokenizer or processor of the model: pass it as tokenizer", { details: { option: "tokenizer" } });
}

function checkConstrained({ numBeams, eosTokenIds }: GenerationPlan): void {
  const reason = numBeams > 1 ? "can't be used with numBeams above 1" : eosTokenIds.length === 0 ? "needs a token that ends the answer: set eosTokenId" : undefined;
  if (reason !== undefined) throw new InputError(`constraint: ${reason}`, { details: { option: "constraint" } });
}

/** Answers an input. */
export async function generate(core: ModelCore, defaults: GenerationDefaults, inputs: GenerateInputs & GenerateOptions): Promise<GenerateResult> {
  checkOptions("generate", inputs, [...INPUT_KEYS, ...GENERATE_OPTION_KEYS]);
  const steps = run(core, plan(core, defaults, inputs));
  for (;;) {
    const next = await steps.next();
    if (next.done === true) return next.value;
  }
}

/** Answers one input, token by token; whoever stops reading stops the generation. */
export async function* stream(core: ModelCore, defaults: GenerationDefaults, inputs: StreamInputs): AsyncGenerator<StreamedToken, void, undefined> {
  checkOptions("stream", inputs, [...INPUT_KEYS, ...GENERATE_OPTION_KEYS]);
  const planned = plan(core, defaults, inputs);
  const { prompt, plan: { numBeams, numReturnSequences, stopStrings } } = planned.request;
  const rows = prompt.length * numReturnSequences;
  if (numBeams > 1) throw new InputError("stream: can't be used with beams, which are not certain before the end", { details: { option: "numBeams" } });
  if (rows !== 1) throw new InputError(`stream: takes one row, not ${rows}; generate takes several`, { details: { rows } });
  const decoder = await inputs.tokenizer?.streamDecoder({ skipSpecialTokens: true });
  const held = new HeldText(stopStrings);
  for await (const { tokens, done } of run(core, planned)) {
    const tokenId = tokens[0] as number;
    const text = held.push((await decoder?.push(tokenId)) ?? "");
    yield { tokenId, text: done ? text + held.push((await decoder?.end()) ?? "") + held.end() : text };
  }
}
