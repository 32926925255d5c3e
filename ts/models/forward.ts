import { InputError } from "../errors.js";
import { checkOptions } from "../options.js";
import { Tensor } from "../processing/tensor.js";
import type { TokenRows } from "../processing/token-rows.js";
import type { WasmLogits } from "../runtime/glue.js";
import type { EncoderOutputs } from "./encoder-outputs.js";
import { checkIds, checkMask, checkPositions, ENCODER_INPUT_KEYS, type EncoderInputs } from "./inputs.js";
import type { ModelCore } from "./model-core.js";
import { refuseUnimplemented, UNIMPLEMENTED_INPUTS } from "./unimplemented-inputs.js";

/** What `forward` reads. Either encoder inputs or `encoderOutputs`, and the decoder's. */
export interface ForwardInputs extends EncoderInputs {
  /** What `encode` made of the encoder inputs, which are then not needed. */
  encoderOutputs?: EncoderOutputs | undefined;
  /** Token ids [batch, length]. */
  decoderInputIds?: TokenRows | undefined;
  /** 1 for a token, 0 for padding: [batch, length]. */
  decoderAttentionMask?: TokenRows | undefined;
  /** Positions [batch, length]; 0, 1, 2 ... by default. */
  decoderPositionIds?: TokenRows | undefined;
  /** Logits of only so many last positions; 0 for all. @default 0 */
  logitsToKeep?: number | undefined;
}

/** What `forward` returns. */
export interface ForwardOutput {
  /** [batch, kept, vocab]. */
  readonly logits: Tensor<"float32">;
  /** [batch, length, hidden]; rows of padding mean nothing. */
  readonly encoderLastHiddenState: Tensor<"float32">;
}

const KEYS: readonly string[] = [
  ...ENCODER_INPUT_KEYS,
  "encoderOutputs",
  "decoderInputIds",
  "decoderAttentionMask",
  "decoderPositionIds",
  "logitsToKeep",
  ...UNIMPLEMENTED_INPUTS,
];

/** Splits off what the encoder reads. */
export function encoderInputsOf(inputs: EncoderInputs): EncoderInputs {
  const { inputIds, attentionMask, positionIds, pixelValues, tokenTypeIds } = inputs;
  return { inputIds, attentionMask, positionIds, pixelValues, tokenTypeIds };
}

/** Whether any encoder input is there. */
export function hasEncoderInputs(inputs: EncoderInputs): boolean {
  return ENCODER_INPUT_KEYS.some((key) => inputs[key] !== undefined);
}

/** One pass through encoder and decoder. */
export async function forward(core: ModelCore, inputs: ForwardInputs): Promise<ForwardOutput> {
  checkOptions("forward", inputs, KEYS);
  refuseUnimplemented("forward", inputs);
  const { logitsToKeep = 0 } = inputs;
  if (!Number.isSafeInteger(logitsToKeep) || logitsToKeep < 0) {
    throw new InputError("logitsToKeep: must be a whole number; indices are not implemented yet", { details: { argument: "logitsToKeep" } });
  }
  if (inputs.decoderInputIds === undefined) {
    throw new InputError("decoderInputIds: are needed", { details: { argument: "decoderInputIds" } });
  }
  const ids = checkIds("decoderInputIds", inputs.decoderInputIds, core.config);
  const mask = checkMask("decoderAttentionMask", inputs.decoderAttentionMask, ids.batch, ids.length);
  const positions = checkPositions("decoderPositionIds", inputs.decoderPositionIds, ids.batch, ids.length);
  inputs.encoderOutputs?.handleFor(core);
  if (inputs.encoderOutputs !== undefined && hasEncoderInputs(inputs)) inputs.encoderOutputs.checkSameInputs(encoderInputsOf(inputs));
  const encoded = inputs.encoderOutputs ?? (await core.encode(encoderInputsOf(inputs), undefined));
  try {
    if (encoded.batch !== ids.batch) {
      throw new InputError(`decoderInputIds: have ${ids.batch} rows, but the encoder read ${encoded.batch}`, {
        details: { argument: "decoderInputIds", rows: ids.batch, expected: encoded.batch },
      });
    }
    const logits = (await core.run((model) =>
      model.decode(encoded.handleFor(core), ids.length, ids.data, mask?.data, positions?.data, logitsToKeep),
    )) as WasmLogits;
    return {
      logits: new Tensor("float32", logits.data, [...logits.dims]),
      encoderLastHiddenState: await encoded.lastHiddenState(),
    };
  } finally {
    if (encoded !== inputs.encoderOutputs) encoded.dispose();
  }
}
