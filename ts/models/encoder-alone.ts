import type { JsonObject } from "./config-fields.js";

/** The `model_type` of a checkpoint that is an encoder and nothing else. */
export const ENCODER_TYPE = "t5gemma2_encoder";

/** transformers gives such an encoder this, whatever its configuration says. */
const EOI_TOKEN_INDEX = 256_000;

/** The configuration of a whole model around an encoder's, with a decoder that nothing asks for. */
export function aroundEncoder(json: JsonObject): JsonObject {
  const { image_token_index, image_token_id, eoi_token_id: _, ...encoder } = json;
  const image = { ...(image_token_index !== undefined && { image_token_index }), ...(image_token_id !== undefined && { image_token_id }) };
  return {
    model_type: "t5gemma2",
    architectures: json.architectures ?? null,
    dtype: json.dtype ?? null,
    ...image,
    encoder: { ...encoder, ...image, eoi_token_index: EOI_TOKEN_INDEX },
    decoder: { ...(json.text_config as JsonObject | undefined), model_type: "t5gemma2_decoder" },
  };
}
