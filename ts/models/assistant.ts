import { InputError } from "../errors.js";
import type { AssistantModel } from "../generation/assistance.js";
import { Tensor } from "../processing/tensor.js";
import { EncoderOutputs } from "./encoder-outputs.js";
import type { Encoded, EncoderSource } from "./encoder-source.js";
import type { CheckedInputs, EncoderInputs } from "./inputs.js";
import { ModelCore } from "./model-core.js";

/**
 * The model that drafts, if there is one.
 *
 * @throws InputError for what is no model, or can't draft for this one
 */
export function checkAssistant(core: ModelCore, { encoderOutputs }: EncoderSource, value: unknown): AssistantModel | undefined {
  if (value === undefined || value === null) return undefined;
  const assistant = value as Partial<AssistantModel>;
  if (!(assistant.core instanceof ModelCore) || assistant.generationConfig === undefined) throw wrong("must be a loaded T5Gemma2ForConditionalGeneration");
  const { runtime, config, disposed } = assistant.core;
  if (disposed) throw wrong("was disposed");
  if (runtime.instance !== core.runtime.instance) {
    throw wrong(`is on ${runtime.device}, and the model on ${core.runtime.device}: load both again, on the same device`);
  }
  const [own, wanted] = [config.decoder.vocabSize, core.config.decoder.vocabSize];
  if (own !== wanted) throw wrong(`has a vocabulary of ${own} tokens, not ${wanted}: it needs the same tokenizer`);
  const isUnknown = encoderOutputs !== undefined && !(encoderOutputs instanceof EncoderOutputs && encoderOutputs.inputs !== undefined);
  if (isUnknown && assistant.core !== core) throw needsInput();
  return assistant as AssistantModel;
}

/**
 * What the assistant's encoder makes of a call's input; the same outputs where the model assists itself.
 *
 * @throws InputError where its encoder can't read the input
 */
export async function encodeForAssistant(core: ModelCore, assistant: ModelCore, { outputs }: Encoded, signal: AbortSignal | undefined): Promise<Encoded> {
  if (assistant === core) return { outputs, isOwn: false };
  if (outputs.inputs === undefined) throw needsInput();
  return { outputs: await assistant.encode(asInputs({ ...outputs.inputs, mask: outputs.mask }), { signal }), isOwn: true };
}

function needsInput(): InputError {
  return wrong("reads the input with its own encoder: give the input, or encoderOutputs that encode made of it");
}

function asInputs({ batch, length, ids, embeds, mask, positions, pixels }: CheckedInputs): EncoderInputs {
  const rows = (block: { data: Int32Array } | undefined): Tensor<"int32"> | undefined => block && new Tensor("int32", block.data, [batch, length]);
  return {
    inputIds: rows(ids),
    inputsEmbeds: embeds && new Tensor("float32", embeds.data, [batch, length, embeds.data.length / (batch * length)]),
    attentionMask: rows(mask),
    positionIds: rows(positions),
    pixelValues: pixels,
  };
}

function wrong(reason: string): InputError {
  return new InputError(`assistantModel: ${reason}`, { details: { option: "assistantModel" } });
}
