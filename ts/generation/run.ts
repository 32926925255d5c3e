import type { EncoderDecoderCache } from "../models/encoder-decoder-cache.js";
import type { Encoded } from "../models/encoder-source.js";
import type { ModelCore } from "../models/model-core.js";
import type { WasmBeams } from "../runtime/glue.js";
import { Breath } from "./breathe.js";
import { Decoding, type DecodedStep, type GenerationRequest } from "./decoding.js";
import type { StoppingCriterion } from "./hooks.js";
import { Matchers } from "./matchers.js";
import { Meter } from "./meter.js";
import type { Streamer } from "./options.js";
import { Outputs } from "./outputs.js";
import type { FinishReason, GenerateResult } from "./result.js";
import { Rows } from "./rows.js";
import { StopRules } from "./stop-rules.js";

/** A generation that was checked, and what it hears and tells on the way. */
export interface Run {
  readonly request: GenerationRequest;
  readonly criteria: readonly StoppingCriterion[];
  readonly streamer: Streamer | undefined;
  readonly signal: AbortSignal | undefined;
  /** Runs the encoder, or takes what is given in its place. */
  readonly encode: () => Promise<Encoded>;
  /** Runs the assistant's encoder, if there is an assistant; with one that is the model itself, the outputs are shared. */
  readonly encodeForAssistant: (encoded: Encoded) => Promise<Encoded | undefined>;
}

/**
 * Decodes step by step, until all rows have ended, a limit is reached, the signal fires or the reader leaves. An abort is an
 * answer cut short; it may come while the encoder is waited for.
 *
 * @throws InputError if an option does not fit, DeviceError if the device fails, whatever the caller's functions throw
 */
export async function* run(core: ModelCore, { request, criteria, streamer, signal, encode, encodeForAssistant }: Run): AsyncGenerator<DecodedStep, GenerateResult, undefined> {
  const { plan } = request;
  const perInput = Math.max(plan.numBeams, plan.numReturnSequences);
  const prompt = request.prompt.flatMap((row) => Array.from({ length: perInput }, () => row));
  const rows = new Rows(prompt);
  const outputs = new Outputs(prompt.length);
  const breath = new Breath();
  const { runtime } = core;
  let meter = new Meter(runtime);
  let encoded: Encoded | undefined;
  let assistant: Encoded | undefined;
  let decoding: Decoding | undefined;
  let matchers: Matchers | undefined;
  let rules: StopRules | undefined;
  let beams: WasmBeams | undefined;
  let guesses: ReturnType<Decoding["guesses"]>;
  let pastKeyValues: EncoderDecoderCache | undefined;
  let path: ReturnType<Decoding["path"]> | undefined;
  let inputTokens = 0;
  try {
    encoded = await encode();
    inputTokens = encoded.outputs.inputTokens;
    assistant = await encodeForAssistant(encoded);
    rules = new StopRules(criteria, plan.maxTime);
    if (request.constraint !== undefined) {
      const { checked, tokenizer } = request.constraint;
      matchers = await Matchers.open(checked, tokenizer, plan.eosTokenIds, core.config.decoder.vocabSize, prompt.length);
    }
    decoding = new Decoding(core, encoded.outputs, request, rules, matchers, assistant?.outputs);
    if (plan.outputHiddenStates || plan.outputAttentions) outputs.addEncoder(await decoding.encoderRecorded());
    await streamer?.put(prompt.map((row) => [...row]));
    meter = new Meter(runtime);
    while (signal?.aborted !== true) {
      const step = await decoding.step(rows.sequences, outputs);
      meter.tick();
      if (plan.numBeams > 1) rows.tick();
      else rows.add(step);
      await streamer?.put([...step.tokens].map((id) => [id]));
      yield step;
      if (step.done) break;
      await breath.take();
    }
    guesses = decoding.guesses();
    pastKeyValues = decoding.cache();
    path = decoding.path();
    if (plan.numBeams > 1) beams = decoding.beams();
  } catch (error) {
    if (signal?.aborted !== true || error !== signal.reason) throw error;
  } finally {
    await decoding?.dispose();
    matchers?.dispose();
    for (const each of [encoded, assistant]) if (each?.isOwn === true) each.outputs.dispose();
    await streamer?.end();
  }
  const otherwise: FinishReason = signal?.aborted === true ? "abort" : rules?.isLate === true ? "time" : "length";
  const found = beams === undefined ? fromRows(rows, request, otherwise) : fromBeams(beams, request, otherwise);
  const { device, instance } = runtime;
  const { newTokens, ...answer } = found;
  return {
    ...answer,
    ...outputs.finish(newTokens),
    ...(pastKeyValues && { pastKeyValues }),
    warnings: plan.warnings,
    stats: {
      device,
      dtype: core.dtype,
      inputTokens,
      ...rows.times(newTokens),
      ...guesses,
      ...(path ?? { path: "stepwise", pathReason: "it was cut short" }),
      ...meter.costs(),
      weightBytes: core.tokenWeightBytes,
      peakMemoryBytes: instance.memoryBytes,
    },
  };
}

type Found = Pick<GenerateResult, "sequences" | "finishReasons" | "sequencesScores" | "beamIndices"> & { readonly newTokens: readonly number[] };

/** Of beams that never came to a step, as many rows as were asked for. */
function fromRows(rows: Rows, { plan, prompt }: GenerationRequest, otherwise: FinishReason): Found {
  if (plan.numBeams === 1) return { sequences: rows.sequences, finishReasons: rows.reasons(otherwise), newTokens: rows.newTokens };
  const sequences = prompt.flatMap((row) => Array.from({ length: plan.numReturnSequences }, () => [...row]));
  return { sequences, finishReasons: sequences.map(() => otherwise), newTokens: sequences.map(() => 0) };
}

function fromBeams({ sequences, lengths, scores, beamIndices }: WasmBeams, { plan, prompt }: GenerationRequest, otherwise: FinishReason): Found {
  const promptLength = prompt[0]?.length ?? 0;
  const newTokens = [...lengths].map((length) => length - promptLength);
  const reason = (row: number): FinishReason => {
    const last = sequences[row]?.[(lengths[row] as number) - 1] as number;
    if ((newTokens[row] as number) > 0 && plan.eosTokenIds.includes(last)) return "stop";
    if (newTokens[row] === plan.maxNewTokens) return "length";
    return otherwise === "length" ? "stop" : otherwise;
  };
  return {
    sequences: sequences.map((row) => [...row]),
    finishReasons: sequences.map((_, row) => reason(row)),
    sequencesScores: [...scores],
    beamIndices: beamIndices.map((row) => [...row]),
    newTokens,
  };
}
