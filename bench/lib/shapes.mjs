/** A text side like those of the official checkpoints; every sixth layer attends to everything. */
const text = ({ layers, hidden, intermediate, heads, headDim, vocab }) => ({
  vocab_size: vocab,
  hidden_size: hidden,
  intermediate_size: intermediate,
  num_hidden_layers: layers,
  num_attention_heads: heads,
  num_key_value_heads: 1,
  head_dim: headDim,
  query_pre_attn_scalar: headDim,
  sliding_window: 512,
  max_position_embeddings: 32768,
  layer_types: Array.from({ length: layers }, (_, i) => (i % 6 === 5 ? "full_attention" : "sliding_attention")),
  rope_parameters: {
    full_attention: { rope_type: "default", rope_theta: 1e6 },
    sliding_attention: { rope_type: "default", rope_theta: 1e4 },
  },
});

const siglip = { hidden_size: 1152, intermediate_size: 4304, num_hidden_layers: 27, num_attention_heads: 16, image_size: 896, patch_size: 14 };
const smallTower = { hidden_size: 32, intermediate_size: 48, num_hidden_layers: 2, num_attention_heads: 2, image_size: 56, patch_size: 14 };

const config = (side, tower, pictureTokens) => ({
  architectures: ["T5Gemma2ForConditionalGeneration"],
  model_type: "t5gemma2",
  dtype: "bfloat16",
  bos_token_id: 2,
  pad_token_id: 0,
  encoder: {
    model_type: "t5gemma2_encoder",
    text_config: { model_type: "t5gemma2_text", ...text(side) },
    vision_config: { model_type: "siglip_vision_model", vision_use_head: false, ...tower },
    mm_tokens_per_image: pictureTokens,
    boi_token_index: side.vocab - 3,
    eoi_token_index: side.vocab - 2,
    image_token_index: side.vocab - 1,
  },
  decoder: { model_type: "t5gemma2_decoder", ...text(side) },
  image_token_index: side.vocab - 1,
  boi_token_index: side.vocab - 3,
  eoi_token_index: side.vocab - 2,
});

const side270m = { layers: 18, hidden: 640, intermediate: 2048, heads: 4, headDim: 256, vocab: 262144 };

/** Configurations to measure: `270m` is the 270M-270M checkpoint's text with a token picture tower, `siglip` has the real tower on a small text side. */
export const shapes = {
  small: config({ layers: 6, hidden: 256, intermediate: 768, heads: 4, headDim: 64, vocab: 8192 }, smallTower, 4),
  "270m": config(side270m, smallTower, 4),
  siglip: config({ layers: 1, hidden: 640, intermediate: 2048, heads: 4, headDim: 256, vocab: 4096 }, siglip, 256),
};
