import { InputError } from "../errors.js";
import { checkOptions } from "../options.js";
import type { Tensor } from "../processing/tensor.js";
import { type TokenBlock, type TokenRows, toTokenBlock } from "../processing/token-rows.js";
import type { WasmTensor } from "../runtime/glue.js";
import type { T5Gemma2Config } from "./config.js";
import { decode, type DecodeExtras } from "./decode.js";
import { CACHE_SOURCE_KEYS, type CacheSource, DECODER_SOURCE_KEYS, type DecoderSource } from "./decoder-inputs.js";
import { checkEmbeds } from "./embeds.js";
import { checkIds } from "./inputs.js";
import { checkKeep, type LogitsToKeep } from "./keep.js";
import type { ModelCore } from "./model-core.js";
import { defined, toTensor } from "./outputs.js";
import { shiftRight } from "./shift.js";

export { encoderInputsOf, hasEncoderInputs } from "./encoder-source.js";

/** What `T5Gemma2ForConditionalGeneration.forward` reads: encoder inputs or `encoderOutputs`, and the decoder's. */
export interface ForwardInputs extends DecoderSource, CacheSource {
  /** Token ids that should have come, [batch, length]; -100 counts for nothing. Without decoder inputs, they make them: shifted to the right. */
  labels?: TokenRows | undefined;
  /** Logits of only some positions. @default 0 */
  logitsToKeep?: LogitsToKeep | undefined;
  /** The loss is then the sum over the labels divided by this, in place of their mean. */
  numItemsInBatch?: number | undefined;
}

/** What `T5Gemma2ForConditionalGeneration.forward` returns. */
export interface ForwardOutput extends DecodeExtras {
  /** Cross entropy of the labels, if there are any; NaN where none counts. */
  readonly loss?: number;
  /** [batch, kept, vocab]; [marked, vocab] where `logitsToKeep` are marks. */
  readonly logits: Tensor<"float32">;
}

const KEYS: readonly string[] = [...DECODER_SOURCE_KEYS, ...CACHE_SOURCE_KEYS, "labels", "logitsToKeep", "numItemsInBatch"];

/** One pass through encoder, decoder and language-model head. */
export async function forward(core: ModelCore, inputs: ForwardInputs): Promise<ForwardOutput> {
  checkOptions("forward", inputs, KEYS);
  const labels = inputs.labels === undefined ? undefined : checkLabels(inputs.labels, core.config.decoder.vocabSize);
  const hasDecoderInputs = inputs.decoderInputIds !== undefined || inputs.decoderInputsEmbeds !== undefined;
  const source = labels === undefined || hasDecoderInputs ? inputs : { ...inputs, decoderInputIds: shiftRight(core, labels) };
  const [batch, length] = shapeOf(source, core.config);
  const { keep, count, isFlat } = checkKeep(inputs.logitsToKeep, batch, length);
  const { output, extras } = await decode(core, source, { keep, target: labels && target(labels, count, inputs.numItemsInBatch) });
  const { data, dims } = output.logits as WasmTensor;
  const logits = toTensor({ data, dims: isFlat ? dims.slice(1) : dims });
  return { ...defined({ loss: output.loss }), logits, ...extras } as ForwardOutput;
}

function shapeOf({ decoderInputIds, decoderInputsEmbeds }: DecoderSource, config: T5Gemma2Config): readonly [number, number] {
  if (decoderInputIds !== undefined) {
    const { batch, length } = checkIds("decoderInputIds", decoderInputIds, config);
    return [batch, length];
  }
  if (decoderInputsEmbeds === undefined) {
    throw new InputError("decoderInputIds: are needed, or decoderInputsEmbeds, or labels", { details: { argument: "decoderInputIds" } });
  }
  const { batch, length } = checkEmbeds("decoderInputsEmbeds", decoderInputsEmbeds, config.decoder.hiddenSize);
  return [batch, length];
}

/**
 * Class labels: each -100 or below `classes`.
 *
 * @throws InputError naming row and position
 */
export function checkLabels(rows: TokenRows, classes: number): TokenBlock {
  const block = toTokenBlock("labels", rows, { min: -100, below: classes });
  const bad = block.data.findIndex((label) => label < 0 && label !== -100);
  if (bad < 0 && block.batch > 0 && block.length > 0) return block;
  if (bad < 0) throw new InputError("labels: must hold at least one row of at least one label", { details: { argument: "labels" } });
  const [row, position] = [Math.floor(bad / block.length), bad % block.length];
  throw new InputError(`labels[${row}][${position}] is ${block.data[bad]}; a label is -100 or from 0 to ${classes - 1}`, {
    details: { argument: "labels", row, position },
  });
}

function target(labels: TokenBlock, count: number, items: number | undefined) {
  if (labels.data.length !== count) {
    throw new InputError(`labels: are ${labels.data.length} for ${count} logits`, {
      details: { argument: "labels", labels: labels.data.length, logits: count },
    });
  }
  if (items !== undefined && !(Number.isFinite(items) && items > 0)) {
    throw new InputError(`numItemsInBatch: must be a number above 0, not ${items}`, { details: { argument: "numItemsInBatch" } });
  }
  return { target: "classes", classes: labels.data, ...(items !== undefined && { items }) } as const;
}
