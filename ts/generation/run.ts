import { InputError } from "../errors.js";
import type { EncoderOutputs } from "../models/encoder-outputs.js";
import type { ModelCore } from "../models/model-core.js";
import type { TokenBlock } from "../processing/token-rows.js";
import type { WasmStep } from "../runtime/glue.js";
import { Breath } from "./breathe.js";
import type { GenerationPlan } from "./options.js";

/** A generation that was checked and can begin. */
export interface GenerationRequest {
  readonly plan: GenerationPlan;
  /** What the decoder begins with, one array a row. */
  readonly prompt: readonly (readonly number[])[];
  readonly decoderMask: TokenBlock | undefined;
}

/**
 * Decodes step by step, until all rows have ended, the limit is reached, the signal fires or the reader leaves.
 *
 * @throws InputError if an option does not fit, DeviceError if the device fails
 */
export async function* decodeSteps(
  core: ModelCore,
  encoded: EncoderOutputs,
  { plan, prompt, decoderMask }: GenerationRequest,
  signal: AbortSignal | undefined,
): AsyncGenerator<WasmStep, void, undefined> {
  if (prompt.length !== encoded.batch) {
    throw new InputError(`decoderInputIds: have ${prompt.length} rows, but the encoder read ${encoded.batch}`, {
      details: { argument: "decoderInputIds", rows: prompt.length, expected: encoded.batch },
    });
  }
  const options = {
    decoder_input_ids: prompt.flat(),
    prompt_length: prompt[0]?.length ?? 0,
    decoder_attention_mask: decoderMask === undefined ? null : [...decoderMask.data],
    max_new_tokens: plan.maxNewTokens,
    min_new_tokens: plan.minNewTokens,
    eos_token_ids: plan.eosTokenIds,
    pad_token_id: plan.padTokenId,
  };
  const { instance } = core.runtime;
  const handle = encoded.handleFor(core);
  const generation = instance.call(() => core.model.generate(handle, JSON.stringify(options)));
  const breath = new Breath();
  try {
    while (signal?.aborted !== true) {
      const step = (await core.run(() => generation.step())) as WasmStep;
      yield step;
      if (step.done) return;
      await breath.take();
    }
  } finally {
    instance.free(generation);
  }
}
