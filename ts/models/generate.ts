import { InputError } from "../errors.js";
import { checkImplemented, GENERATE_OPTION_KEYS, type GenerateOptions, type GenerationDefaults, planGeneration, startToken, withStartToken } from "../generation/options.js";
import { type GenerateResult, Rows } from "../generation/result.js";
import { decodeSteps, type GenerationRequest } from "../generation/run.js";
import { checkOptions } from "../options.js";
import type { TokenBlock, TokenRows } from "../processing/token-rows.js";
import type { EncoderOutputs } from "./encoder-outputs.js";
import { encoderInputsOf, hasEncoderInputs } from "./forward.js";
import { checkIds, checkMask, ENCODER_INPUT_KEYS, type EncoderInputs } from "./inputs.js";
import type { ModelCore } from "./model-core.js";
import { refuseUnimplemented } from "./unimplemented-inputs.js";

/** What `generate` reads: encoder inputs or `encoderOutputs`, and perhaps what the answer begins with. */
export interface GenerateInputs extends EncoderInputs {
  /** What `encode` made of the encoder inputs, which are then not needed; stays usable. */
  encoderOutputs?: EncoderOutputs | undefined;
  /** What the answers begin with [batch, length]; the start token is put before, unless a row has it. */
  decoderInputIds?: TokenRows | undefined;
  /** 1 for a token, 0 for padding in `decoderInputIds`. */
  decoderAttentionMask?: TokenRows | undefined;
}

/** A token of a streamed answer, and the text that is certain with it. */
export interface StreamedToken {
  readonly tokenId: number;
  /** Empty where no tokenizer was given, for special tokens, and while a character is not complete. */
  readonly text: string;
}

/** Makes text of tokens as they come: a tokenizer or processor of this package. */
export interface StreamTokenizer {
  streamDecoder(options?: { skipSpecialTokens?: boolean }): { push(id: number): string; end(): string };
}

/** Inputs and options of `stream`. */
export type StreamInputs = GenerateInputs &
  GenerateOptions & {
    /** Makes the text; without it, `text` is empty. */
    tokenizer?: StreamTokenizer | undefined;
  };

const INPUT_KEYS: readonly string[] = [
  ...ENCODER_INPUT_KEYS,
  "encoderOutputs",
  "decoderInputIds",
  "decoderAttentionMask",
  "inputsEmbeds",
  "decoderInputsEmbeds",
  "pastKeyValues",
];

/** Checks everything that needs no computing. */
function plan(core: ModelCore, defaults: GenerationDefaults, inputs: GenerateInputs & GenerateOptions): (batch: number) => GenerationRequest {
  const { useCache: _useCache, outputHiddenStates: _states, outputAttentions: _attentions, ...rest } = inputs as Record<string, unknown>;
  refuseUnimplemented("generate", rest);
  checkImplemented(inputs, defaults);
  inputs.signal?.throwIfAborted();
  const { vocabSize } = core.config.decoder;
  const start = startToken(inputs, defaults, vocabSize);
  const given = inputs.decoderInputIds === undefined ? undefined : checkIds("decoderInputIds", inputs.decoderInputIds, core.config);
  if (given === undefined && inputs.decoderAttentionMask !== undefined) {
    throw new InputError("decoderAttentionMask: has no meaning without decoderInputIds", { details: { argument: "decoderAttentionMask" } });
  }
  const rows = given && withStartToken(rowsOf(given), start);
  const mask = given && checkMask("decoderAttentionMask", inputs.decoderAttentionMask, given.batch, given.length);
  const length = rows?.[0]?.length ?? 1;
  const decoderMask = mask && (length > mask.length ? withLeadingOnes(mask) : mask);
  const generation = planGeneration(inputs, defaults, length, vocabSize);
  return (batch) => ({ plan: generation, prompt: rows ?? Array.from({ length: batch }, () => [start]), decoderMask });
}

function rowsOf({ data, batch, length }: TokenBlock): number[][] {
  return Array.from({ length: batch }, (_, row) => [...data.subarray(row * length, (row + 1) * length)]);
}

function withLeadingOnes(mask: TokenBlock): TokenBlock {
  const rows = rowsOf(mask).map((row) => [1, ...row]);
  return { data: Int32Array.from(rows.flat()), batch: mask.batch, length: mask.length + 1 };
}

/** As in the oracle, no mask is made of pad tokens: without `attentionMask` they are read. */
async function encode(core: ModelCore, inputs: GenerateInputs & GenerateOptions): Promise<EncoderOutputs> {
  const own = encoderInputsOf(inputs);
  if (inputs.encoderOutputs === undefined) return core.encode(own, inputs.signal);
  inputs.encoderOutputs.handleFor(core);
  if (hasEncoderInputs(own)) inputs.encoderOutputs.checkSameInputs(own);
  return inputs.encoderOutputs;
}

/** Answers an input. */
export async function generate(core: ModelCore, defaults: GenerationDefaults, inputs: GenerateInputs & GenerateOptions): Promise<GenerateResult> {
  checkOptions("generate", inputs, [...INPUT_KEYS, ...GENERATE_OPTION_KEYS]);
  const requestFor = plan(core, defaults, inputs);
  const { signal, streamer } = inputs;
  const batch = inputs.encoderOutputs?.batch ?? batchOf(core, inputs);
  const request = requestFor(batch);
  const rows = new Rows(request.prompt);
  let encoded: EncoderOutputs | undefined;
  let inputTokens = 0;
  try {
    encoded = await encode(core, inputs);
    inputTokens = encoded.inputTokens;
    await streamer?.put(request.prompt);
    for await (const { tokens, finished } of decodeSteps(core, encoded, request, signal)) {
      rows.add(tokens, finished);
      await streamer?.put([...tokens].map((id) => [id]));
    }
  } catch (error) {
    // An abort is an answer cut short; it may come while the encoder is waited for.
    if (signal?.aborted !== true || error !== signal.reason) throw error;
  } finally {
    if (encoded !== inputs.encoderOutputs) encoded?.dispose();
    await streamer?.end();
  }
  const { device, instance } = core.runtime;
  const place = { device, dtype: core.dtype, inputTokens, memoryBytes: instance.memoryBytes };
  return rows.finish(signal?.aborted === true, place);
}

function batchOf(core: ModelCore, inputs: EncoderInputs): number {
  if (inputs.inputIds === undefined) throw new InputError("inputIds: are needed, or encoderOutputs", { details: { argument: "inputIds" } });
  return checkIds("inputIds", inputs.inputIds, core.config).batch;
}

/** Answers one input, token by token; whoever stops reading stops the generation. */
export async function* stream(core: ModelCore, defaults: GenerationDefaults, inputs: StreamInputs): AsyncGenerator<StreamedToken, void, undefined> {
  checkOptions("stream", inputs, [...INPUT_KEYS, ...GENERATE_OPTION_KEYS, "tokenizer"]);
  const { tokenizer, signal, streamer, ...rest } = inputs;
  const requestFor = plan(core, defaults, inputs);
  const batch = inputs.encoderOutputs?.batch ?? batchOf(core, inputs);
  if (batch !== 1) throw new InputError(`stream: takes one row, not ${batch}; generate takes several`, { details: { batch } });
  const request = requestFor(batch);
  const decoder = tokenizer?.streamDecoder({ skipSpecialTokens: true });
  let encoded: EncoderOutputs | undefined;
  try {
    encoded = await encode(core, { ...rest, signal });
    await streamer?.put(request.prompt);
    for await (const { tokens, done } of decodeSteps(core, encoded, request, signal)) {
      const tokenId = tokens[0] as number;
      await streamer?.put([[tokenId]]);
      const text = decoder?.push(tokenId) ?? "";
      yield { tokenId, text: done ? text + (decoder?.end() ?? "") : text };
    }
  } catch (error) {
    if (signal?.aborted !== true || error !== signal.reason) throw error;
  } finally {
    if (encoded !== inputs.encoderOutputs) encoded?.dispose();
    await streamer?.end();
  }
}
