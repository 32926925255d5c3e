import { InputError } from "../errors.js";
import { checkOptions } from "../options.js";
import type { Tensor } from "../processing/tensor.js";
import { type TokenRows, toTokenBlock } from "../processing/token-rows.js";
import { checkEmbeds, type Embeddings, type EmbedsBlock } from "./embeds.js";
import { EncoderOutputs } from "./encoder-outputs.js";
import { checkEncoderInputs, checkMask, ENCODER_INPUT_KEYS, type EncoderInputs } from "./inputs.js";
import type { EncodeWish, ModelCore } from "./model-core.js";
import { splitMask } from "./pair-masks.js";

/** States that were computed elsewhere, in place of what the encoder would make. */
export interface PlainEncoderOutputs {
  /** [batch, length, hidden]. */
  lastHiddenState: Embeddings;
  /** 1 for a token, 0 for padding: [batch, length]. Every position is a token by default. */
  attentionMask?: TokenRows | undefined;
  /** Handed on to the result, as in the oracle. */
  hiddenStates?: readonly Tensor<"float32">[] | undefined;
  /** Handed on to the result, as in the oracle. */
  attentions?: readonly Tensor<"float32">[] | undefined;
}

/** What the decoder sees: encoder inputs, or what was made of them. */
export interface EncoderSource extends EncoderInputs {
  /**
   * What `encode` of this model made, or states [batch, length, hidden]; the encoder does not run then. `attentionMask` takes the place
   * of the mask that came with them; the inputs that an `encode` was given may come along, others throw. With plain states `inputIds` may come along.
   */
  encoderOutputs?: EncoderOutputs | PlainEncoderOutputs | undefined;
}

/** The encoder outputs of a call; the call disposes those that are its own. */
export interface Encoded {
  readonly outputs: EncoderOutputs;
  readonly isOwn: boolean;
}

/** Splits off what the encoder reads. */
export function encoderInputsOf({ inputIds, inputsEmbeds, attentionMask, positionIds, pixelValues, tokenTypeIds }: EncoderInputs): EncoderInputs {
  return { inputIds, inputsEmbeds, attentionMask, positionIds, pixelValues, tokenTypeIds };
}

/** Whether any encoder input is there. */
export function hasEncoderInputs(inputs: EncoderInputs): boolean {
  return ENCODER_INPUT_KEYS.some((key) => inputs[key] !== undefined);
}

/**
 * Rows of the encoder, before it runs.
 *
 * @throws InputError naming the argument
 */
export function sourceBatch(core: ModelCore, { encoderOutputs, ...inputs }: EncoderSource): number {
  if (encoderOutputs instanceof EncoderOutputs) return encoderOutputs.batch;
  if (encoderOutputs !== undefined) return plainStates(core, encoderOutputs).batch;
  return checkEncoderInputs(core.config, encoderInputsOf(inputs)).batch;
}

/**
 * Runs the encoder, or takes what is given in its place.
 *
 * @throws InputError naming the argument
 */
export async function encodeSource(core: ModelCore, source: EncoderSource, wish: EncodeWish = {}): Promise<Encoded> {
  const { encoderOutputs } = source;
  const inputs = encoderInputsOf(source);
  if (encoderOutputs === undefined) return { outputs: await core.encode(inputs, wish), isOwn: true };
  if (!(encoderOutputs instanceof EncoderOutputs)) return { outputs: fromPlain(core, encoderOutputs, inputs), isOwn: true };
  encoderOutputs.handleFor(core);
  encoderOutputs.checkSameInputs(inputs);
  const { tokens } = splitMask("attentionMask", inputs.attentionMask);
  const mask = checkMask("attentionMask", tokens, encoderOutputs.batch, encoderOutputs.length);
  return mask === undefined ? { outputs: encoderOutputs, isOwn: false } : { outputs: encoderOutputs.withMask(core, mask), isOwn: true };
}

function fromPlain(core: ModelCore, plain: PlainEncoderOutputs, inputs: EncoderInputs): EncoderOutputs {
  const { data, batch, length } = plainStates(core, plain);
  const { tokens, pairs } = splitMask("attentionMask", inputs.attentionMask);
  for (const name of ["inputsEmbeds", "positionIds", "pixelValues"] as const) {
    if (inputs[name] === undefined) continue;
    throw new InputError(`${name}: would not be read beside encoderOutputs; leave them out`, { details: { argument: name } });
  }
  if (inputs.inputIds !== undefined) {
    const ids = toTokenBlock("inputIds", inputs.inputIds);
    if (ids.batch !== batch || ids.length !== length) {
      throw new InputError(`inputIds: have the shape [${ids.batch}, ${ids.length}], but encoderOutputs have [${batch}, ${length}]`, {
        details: { argument: "inputIds", shape: [ids.batch, ids.length], expected: [batch, length] },
      });
    }
  }
  const mask = pairs === undefined ? checkMask("attentionMask", tokens ?? plain.attentionMask, batch, length) : undefined;
  const handle = core.runtime.instance.call(() => core.model.encoded(batch, length, data, mask?.data));
  return new EncoderOutputs(core, handle, { mask });
}

function plainStates(core: ModelCore, plain: PlainEncoderOutputs): EmbedsBlock {
  checkOptions("encoderOutputs", plain, ["lastHiddenState", "attentionMask", "hiddenStates", "attentions"]);
  if (plain.lastHiddenState === undefined) {
    throw new InputError("encoderOutputs: must come from encode, or have lastHiddenState", { details: { argument: "encoderOutputs" } });
  }
  return checkEmbeds("encoderOutputs.lastHiddenState", plain.lastHiddenState, core.config.decoder.hiddenSize);
}
