import { InputError } from "../errors.js";
import { checkOptions } from "../options.js";
import type { Tensor } from "../processing/tensor.js";
import type { TokenBlock } from "../processing/token-rows.js";
import type { WasmTensor } from "../runtime/glue.js";
import { decode, type DecodeWish } from "./decode.js";
import { DECODER_SOURCE_KEYS, type DecoderSource } from "./decoder-inputs.js";
import { checkIds } from "./inputs.js";
import type { ModelCore } from "./model-core.js";
import { defined } from "./outputs.js";
import { shiftRight } from "./shift.js";

/** What a classification head reads. Without `decoderInputIds` the decoder reads `inputIds`, shifted to the right. */
export type ClassificationSource = Omit<DecoderSource, "inputsEmbeds" | "decoderInputsEmbeds">;

/** What a classification head returns. */
export interface ClassificationOutput {
  /** How far the scores are from the labels, if there are any. */
  readonly loss?: number;
  /** Scores, one of each label. */
  readonly logits: Tensor<"float32">;
  /** The decoder's, [batch, length, hidden] each: the embeddings, then what each layer gives, the last one normed. */
  readonly hiddenStates?: readonly Tensor<"float32">[];
  /** The decoder's, [batch, heads, length, length] each: the part of each merged softmax that covers its own tokens. */
  readonly attentions?: readonly Tensor<"float32">[];
}

/** Scores that were read, and what came along. */
export interface Classified {
  readonly scores: WasmTensor;
  readonly others: Omit<ClassificationOutput, "logits">;
}

/**
 * Runs encoder and decoder with a classification head.
 *
 * @param className for messages
 * @param wish what to keep and measure, by the ids that the decoder reads
 * @throws InputError naming the argument, row and position
 */
export async function classify(
  core: ModelCore,
  className: string,
  inputs: ClassificationSource & { labels?: unknown },
  wish: (ids: TokenBlock) => DecodeWish,
): Promise<Classified> {
  const { inputsEmbeds, decoderInputsEmbeds } = inputs as DecoderSource;
  for (const [name, value] of Object.entries({ inputsEmbeds, decoderInputsEmbeds })) {
    if (value !== undefined) throw new InputError(`${name}: are not taken by ${className}, which needs ids`, { details: { argument: name } });
  }
  checkOptions("forward", inputs, [...DECODER_SOURCE_KEYS, "labels"]);
  const { labels: _labels, ...source } = inputs;
  if (source.inputIds === undefined) throw new InputError("inputIds: are needed", { details: { argument: "inputIds" } });
  const decoderInputIds = source.decoderInputIds ?? shiftRight(core, checkIds("inputIds", source.inputIds, core.config));
  const asked = wish(checkIds("decoderInputIds", decoderInputIds, core.config));
  const { output, extras } = await decode(core, { ...source, decoderInputIds, useCache: false }, { ...asked, encoder: false });
  const { decoderHiddenStates: hiddenStates, decoderAttentions: attentions } = extras;
  return { scores: output.logits as WasmTensor, others: defined({ loss: output.loss, hiddenStates, attentions }) as Classified["others"] };
}
