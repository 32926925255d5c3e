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
import { startTokens, withStartTokens } from "../generation/start-tokens.js";
import { stopStringCriterion, tokenTextsOf } from "../generation/stop-strings.js";
import { checkOptions } from "../options.js";
import { Processor } from "../processing/processor.js";
import type { TokenBlock, TokenRows } from "../processing/token-rows.js";
import { TokenTable } from "../processing/token-table.js";
import { Tokenizer } from "../processing/tokenizer.js";
import { type Encoded, encodeSource, type EncoderSource, sourceBatch } from "./encoder-source.js";
import { checkIds, checkMask, checkPositions, ENCODER_INPUT_KEYS } from "./inputs.js";
import type { ModelCore } from "./model-core.js";
import { refuseUnimplemented } from "./unimplemented-inputs.js";

/** What `generate` reads: encoder inputs or `encoderOutputs`, and perhaps what the answer begins with. */
export interface GenerateInputs extends EncoderSource {
  /** What the answers begin with [batch, length]; the start token is put before, unless a row has it. */
  decoderInputIds?: TokenRows | undefined;
  /** 1 for a token, 0 for padding in `decoderInputIds`. */
  decoderAttentionMask?: TokenRows | undefined;
  /** Positions of what the decoder begins with [batch, length], the start token included; later tokens count on. 0, 1, 2 ... by default. */
  decoderPositionIds?: TokenRows | undefined;
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
  "decoderInputsEmbeds",
  "pastKeyValues",
];

/** Checks everything that needs no computing. */
function plan(core: ModelCore, defaults: GenerationDefaults, inputs: GenerateInputs & GenerateOptions): Run {
  refuseUnimplemented("generate", inputs);
  const settings = new Settings(inputs, defaults);
  inputs.signal?.throwIfAborted();
  const { vocabSize } = core.config.decoder;
  const batch = sourceBatch(core, inputs);
  const starts = startTokens(settings, vocabSize, batch);
  const { prompt, decoderMask } = planPrompt(core, inputs, starts, batch);
  const length = prompt[0]?.length ?? 0;
  const decoderPositions = checkPositions("decoderPositionIds", inputs.decoderPositionIds, batch, length);
  const request: GenerationRequest = {
    plan: planGeneration(settings, length, vocabSize),
    prompt,
    decoderMask,
    decoderPositions,
    processors: functions("logitsProcessors", inputs.logitsProcessors),
    constraint: planConstraint(inputs),
    allowed: functions("prefixAllowedTokensFn", inputs.prefixAllowedTokensFn && [inputs.prefixAllowedTokensFn])[0],
  };
  if (request.constraint !== undefined) checkConstrained(request.plan);
  checkRequest(core, request);
  const { streamer, signal } = inputs;
  if (streamer !== undefined && request.plan.numBeams > 1) {
    throw new InputError("streamer: can't be used with beams, which are not certain before the end", { details: { option: "streamer" } });
  }
  const { stopStrings, outputHiddenStates: hiddenStates, outputAttentions: attentions } = request.plan;
  // As in the oracle, no mask is made of pad tokens: without `attentionMask` they are read.
  const encode = (): Promise<Encoded> => encodeSource(core, inputs, { signal, hiddenStates, attentions });
  const stops = stopStrings.length === 0 ? [] : [stopStringCriterion(stopStrings, tokenTextsOf(inputs.tokenizer))];
  const criteria = [...stops, ...functions("stoppingCriteria", inputs.stoppingCriteria)];
  return { request, criteria, streamer, signal, encode };
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

function planPrompt(
  core: ModelCore,
  inputs: GenerateInputs,
  starts: readonly number[],
  batch: number,
): Pick<GenerationRequest, "prompt" | "decoderMask"> {
  if (inputs.decoderInputIds === undefined) {
    if (inputs.decoderAttentionMask !== undefined) {
      throw new InputError("decoderAttentionMask: has no meaning without decoderInputIds", { details: { argument: "decoderAttentionMask" } });
    }
    return { prompt: starts.map((start) => [start]), decoderMask: undefined };
  }
  const given = checkIds("decoderInputIds", inputs.decoderInputIds, core.config);
  if (given.batch !== batch) {
    throw new InputError(`decoderInputIds: have ${given.batch} rows, but the encoder reads ${batch}`, {
      details: { argument: "decoderInputIds", rows: given.batch, expected: batch },
    });
  }
  const mask = checkMask("decoderAttentionMask", inputs.decoderAttentionMask, given.batch, given.length);
  const prompt = withStartTokens(rowsOf(given), starts);
  const isLonger = (prompt[0]?.length ?? 0) > given.length;
  return { prompt, decoderMask: mask && isLonger ? withLeadingOnes(mask) : mask };
}

function rowsOf({ data, batch, length }: TokenBlock): number[][] {
  return Array.from({ length: batch }, (_, row) => [...data.subarray(row * length, (row + 1) * length)]);
}

function withLeadingOnes(mask: TokenBlock): TokenBlock {
  const rows = rowsOf(mask).map((row) => [1, ...row]);
  return { data: Int32Array.from(rows.flat()), batch: mask.batch, length: mask.length + 1 };
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
  const decoder = inputs.tokenizer?.streamDecoder({ skipSpecialTokens: true });
  const held = new HeldText(stopStrings);
  for await (const { tokens, done } of run(core, planned)) {
    const tokenId = tokens[0] as number;
    const text = held.push(decoder?.push(tokenId) ?? "");
    yield { tokenId, text: done ? text + held.push(decoder?.end() ?? "") + held.end() : text };
  }
}
