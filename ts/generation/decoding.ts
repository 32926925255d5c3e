import { EncoderDecoderCache } from "../models/encoder-decoder-cache.js";
import type { EncoderOutputs } from "../models/encoder-outputs.js";
import type { ModelCore } from "../models/model-core.js";
import type { PlannedPast } from "../models/past.js";
import type { TokenBlock } from "../processing/token-rows.js";
import type { WasmBeams, WasmGeneration, WasmRecorded, WasmStep, WasmTask } from "../runtime/glue.js";
import { learn } from "./assistance.js";
import type { CheckedConstraint } from "./constraint.js";
import { allowedTokens, type LogitsProcessor, type PrefixAllowedTokens, process } from "./hooks.js";
import type { Matchers, TokenBytes } from "./matchers.js";
import type { GenerationPlan } from "./plan.js";
import type { Outputs } from "./outputs.js";
import { Pace } from "./pace.js";
import type { StopReason, StopRules } from "./stop-rules.js";

/** A generation that was checked and can begin. */
export interface GenerationRequest {
  readonly plan: GenerationPlan;
  /** What the decoder begins with, one array for each row of the encoder. */
  readonly prompt: readonly (readonly number[])[];
  readonly decoderMask: TokenBlock | undefined;
  readonly decoderPositions: TokenBlock | undefined;
  readonly past: PlannedPast | undefined;
  readonly processors: readonly LogitsProcessor[];
  readonly allowed: PrefixAllowedTokens | undefined;
  readonly assistant: ModelCore | undefined;
  readonly constraint: { readonly checked: CheckedConstraint; readonly tokenizer: TokenBytes } | undefined;
}

/** One step, and which rows a rule of the host ended with it. */
export interface DecodedStep extends WasmStep {
  readonly stopped: readonly (StopReason | undefined)[];
}

/**
 * One generation on the device, a step at a time. Whatever computes takes its turn among the model's other calls.
 */
export class Decoding {
  readonly #core: ModelCore;
  readonly #generation: WasmGeneration;
  readonly #request: GenerationRequest;
  readonly #rules: StopRules;
  readonly #matchers: Matchers | undefined;
  #pace: Pace | undefined;

  /** @throws InputError naming an option that does not fit */
  constructor(core: ModelCore, encoded: EncoderOutputs, request: GenerationRequest, rules: StopRules, matchers: Matchers | undefined, assistant: EncoderOutputs | undefined) {
    this.#core = core;
    this.#request = request;
    this.#rules = rules;
    this.#matchers = matchers;
    const handle = encoded.handleFor(core);
    const options = toWasm(request);
    const { past } = request;
    this.#generation = core.runtime.instance.call(() =>
      past === undefined ? core.model.generate(handle, options) : core.model.resume(handle, options, past.cache.handleFor(core), past.inPrompt, past.mask?.data),
    );
    if (assistant !== undefined) this.#assist(assistant);
  }

  #assist(encoded: EncoderOutputs): void {
    const core = this.#request.assistant as ModelCore;
    try {
      this.#call(() => this.#generation.assist(core.model, encoded.handleFor(core)));
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /**
   * The next token of each row, or of each beam.
   *
   * @param rows the rows so far, and what was reported of them
   */
  async step(rows: readonly (readonly number[])[], outputs: Outputs): Promise<DecodedStep> {
    const { plan, processors } = this.#request;
    await this.#allow(rows);
    if (plan.numBeams > 1) return this.#searchStep(outputs);
    const masks = this.#matchers?.masks();
    if (masks !== undefined) this.#call(() => this.#generation.mask(masks));
    let step: WasmStep;
    if (processors.length === 0) {
      // A row that the host ends is filled by the host.
      const leads = rows.length === 1 || this.#rules.isEmpty;
      const pace = (this.#pace ??= new Pace(plan.streamLatency));
      step = await this.#run<WasmStep>(() => this.#generation.step(leads ? pace.ahead : 0));
      pace.tick();
    } else {
      const changed = await this.#processed(rows);
      step = await this.#run<WasmStep>(() => this.#generation.choose(changed));
    }
    outputs.add(step);
    this.#matchers?.take(step.tokens, step.finished);
    if (this.#rules.isEmpty) return { ...step, stopped: [] };
    const longer = rows.map((row, index) => [...row, step.tokens[index] as number]);
    const stopped = await this.#rules.check(longer, outputs.scores);
    const flags = Uint8Array.from(stopped, (reason) => Number(reason !== undefined));
    flags.forEach((flag, row) => flag === 1 && this.#matchers?.end(row));
    const done = this.#call(() => this.#generation.stop(flags));
    return { ...step, done, stopped };
  }

  async #searchStep(outputs: Outputs): Promise<DecodedStep> {
    const { processors } = this.#request;
    if (processors.length === 0 && this.#rules.isEmpty) {
      const step = await this.#run<WasmStep>(() => this.#generation.step(0));
      outputs.add(step);
      return { ...step, stopped: [] };
    }
    const changed = await this.#processed(undefined);
    const { candidates, length, scores } = this.#call(() => this.#generation.expand(changed));
    outputs.addScores(scores);
    const continuations = inRows(candidates, length);
    const stopped = await this.#rules.check(continuations, outputs.scores);
    const flags = Uint8Array.from(stopped, (reason) => Number(reason !== undefined));
    const step = await this.#run<WasmStep>(() => this.#generation.select(flags));
    outputs.add({ ...step, scores: undefined });
    return { ...step, stopped: [] };
  }

  /** Runs the first half of a step; the scores that own processors made, if there are any. */
  async #processed(rows: readonly (readonly number[])[] | undefined): Promise<Float32Array | undefined> {
    await this.#run(() => this.#generation.scores());
    const { processors } = this.#request;
    if (processors.length === 0) return undefined;
    const scores = this.#call(() => this.#generation.readScores());
    return process(processors, rows ?? this.#runningBeams(), scores);
  }

  async #allow(rows: readonly (readonly number[])[]): Promise<void> {
    const { allowed, plan } = this.#request;
    if (allowed === undefined) return;
    const { tokens, counts } = await allowedTokens(allowed, plan.numBeams > 1 ? this.#runningBeams() : rows, plan.numBeams);
    this.#call(() => this.#generation.allow(tokens, counts));
  }

  #runningBeams(): number[][] {
    const ids = this.#call(() => this.#generation.sequences());
    return inRows(ids, ids.length / (this.#request.prompt.length * this.#request.plan.numBeams));
  }

  /** The encoder's hidden states and attentions, as they were asked of it. */
  encoderRecorded(): Promise<WasmRecorded | undefined> {
    return this.#run(() => this.#generation.encoderRecorded());
  }

  /** How guesses at tokens did, undefined without any. */
  guesses(): { guessedTokens: number; acceptedTokens: number } | undefined {
    const counts = this.#call(() => this.#generation.guesses());
    const { assistant, plan: { assistance } } = this.#request;
    if (assistance !== undefined && assistant !== undefined) learn(assistance, assistant, counts?.[2] as number);
    return counts && { guessedTokens: counts[0] as number, acceptedTokens: counts[1] as number };
  }

  /** What the decoder has read, if it is asked for: what it went on from, which is back with {@link dispose}, or a cache of its own. */
  cache(): EncoderDecoderCache | undefined {
    const { past, plan } = this.#request;
    if (past !== undefined) return past.cache;
    const handle = plan.returnsCache ? this.#call(() => this.#generation.cache()) : undefined;
    return handle && new EncoderDecoderCache(this.#core, handle);
  }

  /** Which way the steps so far went, and why. */
  path(): { path: "captured" } | { path: "stepwise"; pathReason: string } {
    const pathReason = this.#call(() => this.#generation.whyStepwise());
    return pathReason === undefined ? { path: "captured" } : { path: "stepwise", pathReason };
  }

  /** What a beam search has found, at its end or so far. Ends it. */
  beams(): WasmBeams {
    return this.#call(() => this.#generation.beams()) as WasmBeams;
  }

  /** Its memory is free once the steps that the device took ahead have ended; who wants the cache back waits for that. */
  async dispose(): Promise<void> {
    const { instance } = this.#core.runtime;
    if (instance.failure !== undefined) return;
    const free = (): void => instance.free(this.#generation);
    const freed = instance.run(() => this.#generation.settle()).then(free, free);
    if (this.#request.past !== undefined) await freed;
  }

  #call<T>(work: () => T): T {
    return this.#core.runtime.instance.call(work);
  }

  async #run<T>(start: () => WasmTask): Promise<T> {
    return (await this.#core.run(start)) as T;
  }
}

function inRows(ids: Int32Array, length: number): number[][] {
  return Array.from({ length: ids.length / length }, (_, row) => [...ids.subarray(row * length, (row + 1) * length)]);
}

/**
 * Checks what can be told before the encoder runs.
 *
 * @throws InputError naming the option
 */
export function checkRequest(core: ModelCore, request: GenerationRequest): void {
  core.runtime.instance.call((glue) => glue.checkGenerateOptions(toWasm(request)));
}

/** The JSON that the bindings read. */
function toWasm({ plan, prompt, decoderMask, decoderPositions, processors, allowed, constraint }: GenerationRequest): string {
  return JSON.stringify({
    decoder_input_ids: prompt.flat(),
    prompt_length: prompt[0]?.length ?? 0,
    decoder_attention_mask: decoderMask === undefined ? null : [...decoderMask.data],
    decoder_position_ids: decoderPositions === undefined ? null : [...decoderPositions.data],
    max_new_tokens: plan.maxNewTokens,
    eos_token_ids: plan.eosTokenIds,
    pad_token_id: plan.padTokenId,
    logits: plan.logits,
    do_sample: plan.doSample,
    seed: plan.seed,
    num_beams: plan.numBeams,
    num_return_sequences: plan.numReturnSequences,
    length_penalty: plan.lengthPenalty,
    early_stopping: plan.earlyStopping,
    use_cache: plan.useCache,
    prompt_lookup_num_tokens: plan.promptLookupNumTokens,
    max_matching_ngram_size: plan.maxMatchingNgramSize,
    assistance: plan.assistance === undefined ? null : {
      num_assistant_tokens: plan.assistance.tokens,
      heuristic: plan.assistance.schedule !== "constant",
      assistant_confidence_threshold: plan.assistance.confidence,
    },
    on_host: processors.length > 0 || allowed !== undefined || constraint !== undefined,
    output_logits: plan.outputLogits,
    output_scores: plan.outputScores,
    output_hidden_states: plan.outputHiddenStates,
    output_attentions: plan.outputAttentions,
    logprobs: plan.logprobs ?? null,
  });
}
