import { InputError } from "../errors.js";
import { describe } from "../options.js";
import { Tensor } from "../processing/tensor.js";
import { type TokenBlock, type TokenRows, toTokenBlock } from "../processing/token-rows.js";
import type { WasmPairMasks } from "../runtime/glue.js";
import type { T5Gemma2Config } from "./config.js";
import { checkEmbeds, type Embeddings, type EmbedsBlock } from "./embeds.js";
import { type AttentionMask, splitMask } from "./pair-masks.js";

/** What the encoder reads. */
export interface EncoderInputs {
  /** Token ids [batch, length]. */
  inputIds?: TokenRows | undefined;
  /** Embeddings [batch, length, hidden] in place of `inputIds`. */
  inputsEmbeds?: Embeddings | undefined;
  /**
   * 1 for a token, 0 for padding on either side: [batch, length]. Every position is a token by default. Or what each query sees
   * [batch, heads, queries, length], of every layer or of each type. As in transformers a decoder sees the encoder behind the same mask (of
   * dicts, that for full attention), so that with `forward` it has as many queries as the decoder; not with `generate`.
   */
  attentionMask?: AttentionMask | undefined;
  /** Positions [batch, length]; 0, 1, 2 ... by default. */
  positionIds?: TokenRows | undefined;
  /**
   * Prepared pictures [count, channels, height, width], in the order of their image tokens; among `inputsEmbeds` those are the ones that
   * equal the image token's embedding exactly.
   */
  pixelValues?: Tensor<"float32"> | undefined;
  /** What a processor says of each token's kind. Accepted, and not needed: as in the oracle. */
  tokenTypeIds?: TokenRows | undefined;
}

/** The keys of {@link EncoderInputs}. */
export const ENCODER_INPUT_KEYS = [
  "inputIds",
  "inputsEmbeds",
  "attentionMask",
  "positionIds",
  "pixelValues",
  "tokenTypeIds",
] as const satisfies readonly (keyof EncoderInputs)[];

/** Encoder inputs that were checked, in the form that wasm takes. */
export interface CheckedInputs {
  readonly batch: number;
  readonly length: number;
  /** These or the embeddings. */
  readonly ids: TokenBlock | undefined;
  readonly embeds: EmbedsBlock | undefined;
  readonly mask: TokenBlock | undefined;
  /** In place of `mask`. */
  readonly pairs: WasmPairMasks | undefined;
  readonly positions: TokenBlock | undefined;
  readonly pixels: Tensor<"float32"> | undefined;
}

/**
 * Checks all that can be checked before memory is taken.
 *
 * @throws InputError naming the argument, and row and position where there are such
 */
export function checkEncoderInputs(config: T5Gemma2Config, inputs: EncoderInputs): CheckedInputs {
  const { inputIds, inputsEmbeds } = inputs;
  if (inputIds === undefined && inputsEmbeds === undefined) {
    throw new InputError("inputIds: are needed, or inputsEmbeds", { details: { argument: "inputIds" } });
  }
  if (inputIds !== undefined && inputsEmbeds !== undefined) {
    throw new InputError("inputsEmbeds: came with inputIds; give exactly one of them", { details: { argument: "inputsEmbeds" } });
  }
  const ids = inputIds === undefined ? undefined : checkIds("inputIds", inputIds, config);
  const embeds = inputsEmbeds === undefined ? undefined : checkEmbeds("inputsEmbeds", inputsEmbeds, config.decoder.hiddenSize);
  const { batch, length } = (ids ?? embeds) as TokenBlock | EmbedsBlock;
  const { tokens, pairs } = splitMask("attentionMask", inputs.attentionMask);
  const mask = checkMask("attentionMask", tokens, batch, length);
  if (inputs.tokenTypeIds !== undefined) checkShape("tokenTypeIds", toTokenBlock("tokenTypeIds", inputs.tokenTypeIds), batch, length);
  const positions = checkPositions("positionIds", inputs.positionIds, batch, length);
  if (inputs.pixelValues !== undefined) checkPixels(inputs.pixelValues, ids, config);
  return { batch, length, ids, embeds, mask, pairs, positions, pixels: inputs.pixelValues };
}

/** Token ids: rows of equal length, none empty, every id within the vocabulary. */
export function checkIds(name: string, rows: TokenRows, config: T5Gemma2Config): TokenBlock {
  const block = toTokenBlock(name, rows, { below: config.decoder.vocabSize });
  if (block.batch > 0 && block.length > 0) return block;
  throw new InputError(`${name}: must hold at least one row of at least one token`, { details: { argument: name } });
}

/** A mask of 0 and 1 in the shape of the ids. */
export function checkMask(name: string, rows: TokenRows | undefined, batch: number, length: number): TokenBlock | undefined {
  if (rows === undefined) return undefined;
  return checkShape(name, toTokenBlock(name, rows, { below: 2 }), batch, length);
}

/** Positions in the shape of the ids, or one row for all. */
export function checkPositions(name: string, rows: TokenRows | undefined, batch: number, length: number): TokenBlock | undefined {
  if (rows === undefined) return undefined;
  const block = toTokenBlock(name, rows);
  return checkShape(name, block, block.batch === 1 ? 1 : batch, length);
}

function checkShape(name: string, block: TokenBlock, batch: number, length: number): TokenBlock {
  if (block.batch === batch && block.length === length) return block;
  throw new InputError(`${name}: has the shape [${block.batch}, ${block.length}], but the ids have [${batch}, ${length}]`, {
    details: { argument: name, shape: [block.batch, block.length], expected: [batch, length] },
  });
}

function checkPixels(pixels: Tensor<"float32">, ids: TokenBlock | undefined, config: T5Gemma2Config): void {
  if (!(pixels instanceof Tensor) || pixels.dtype !== "float32") {
    throw new InputError(`pixelValues: must be a float32 tensor, not ${pixels instanceof Tensor ? pixels.dtype : describe(pixels)}`);
  }
  const { numChannels, imageSize } = config.encoder.visionConfig;
  const [height, width] = typeof imageSize === "number" ? [imageSize, imageSize] : imageSize;
  const [count = 0, ...shape] = pixels.dims;
  if (pixels.dims.length !== 4 || shape[0] !== numChannels || shape[1] !== height || shape[2] !== width) {
    throw new InputError(`pixelValues: must have dims [count, ${numChannels}, ${height}, ${width}], not [${pixels.dims.join(", ")}]`, {
      details: { argument: "pixelValues", dims: [...pixels.dims] },
    });
  }
  // Among embeddings, those of image tokens are found where the model's are.
  if (ids === undefined) return;
  const each = config.encoder.mmTokensPerImage ?? 0;
  const found = ids.data.reduce((sum, id) => sum + (id === config.imageTokenIndex ? 1 : 0), 0);
  if (found !== count * each) {
    throw new InputError(
      `pixelValues: ${count} pictures fill ${count * each} image tokens (id ${config.imageTokenIndex}), but inputIds have ${found}`,
      { details: { argument: "pixelValues", pictures: count, imageTokens: found, tokensPerPicture: each } },
    );
  }
}
