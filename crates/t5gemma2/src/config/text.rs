//! The configuration that the text encoder and the decoder share.

use super::fields::Fields;
use super::rope::Rope;
use crate::error::Result;

/// What a layer's self attention may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerType {
    /// Everything.
    Full,
    /// A window around (encoder) or before (decoder) each token.
    Sliding,
}

impl LayerType {
    /// Its name in `config.json`.
    pub fn name(self) -> &'static str {
        match self {
            LayerType::Full => "full_attention",
            LayerType::Sliding => "sliding_attention",
        }
    }
}

/// Sizes and options of a stack of text layers.
#[derive(Debug, Clone, PartialEq)]
pub struct TextConfig {
    /// Rows of the embedding.
    pub vocab_size: usize,
    /// Width of a token's state.
    pub hidden_size: usize,
    /// Width of the MLP.
    pub intermediate_size: usize,
    /// Query heads.
    pub num_attention_heads: usize,
    /// Key and value heads; divides the query heads.
    pub num_key_value_heads: usize,
    /// Width of a head, even.
    pub head_dim: usize,
    /// Added to the mean square in every RMSNorm.
    pub rms_norm_eps: f64,
    /// Whether q, k, v and output projections have biases.
    pub attention_bias: bool,
    /// Scores are multiplied by this to the power of -1/2.
    pub query_pre_attn_scalar: f64,
    /// Window of sliding layers, in tokens; 0 where no layer slides.
    pub sliding_window: usize,
    /// One entry a layer.
    pub layer_types: Vec<LayerType>,
    /// `tanh` cap of the logits.
    pub final_logit_softcapping: Option<f64>,
    /// RoPE of full layers.
    pub rope_full: Rope,
    /// RoPE of sliding layers.
    pub rope_sliding: Rope,
    /// Id of the padding token.
    pub pad_token: Option<i32>,
    /// Id of the first decoder token.
    pub bos_token: Option<i32>,
}

impl TextConfig {
    pub(super) fn read(fields: &Fields) -> Result<Self> {
        let hidden_size = fields.count("hidden_size", 2304, 1)?;
        let num_attention_heads = fields.count("num_attention_heads", 8, 1)?;
        let num_key_value_heads = fields.count("num_key_value_heads", 4, 1)?;
        let head_dim = fields.count("head_dim", 256, 2)?;
        if hidden_size % num_attention_heads != 0 {
            let reason = format!(
                "is {hidden_size}, not a multiple of num_attention_heads ({num_attention_heads})"
            );
            return Err(fields.error("hidden_size", reason));
        }
        if num_attention_heads % num_key_value_heads != 0 {
            let reason = format!(
                "is {num_key_value_heads}, which does not divide num_attention_heads ({num_attention_heads})"
            );
            return Err(fields.error("num_key_value_heads", reason));
        }
        if head_dim % 2 != 0 {
            return Err(fields.error(
                "head_dim",
                format!("is {head_dim}; rotary embeddings need an even number"),
            ));
        }
        let activation = fields.text("hidden_activation", "gelu_pytorch_tanh")?;
        if activation != "gelu_pytorch_tanh" {
            let reason = format!("\"{activation}\" is not implemented; \"gelu_pytorch_tanh\" is");
            return Err(fields.error("hidden_activation", reason));
        }
        let layer_types = layer_types(fields)?;
        let sliding_window = match fields.optional_count("sliding_window", 1)? {
            Some(window) => window,
            None if fields.is_null("sliding_window") => 0,
            None => 4096,
        };
        if sliding_window == 0 && layer_types.contains(&LayerType::Sliding) {
            return Err(fields.error(
                "sliding_window",
                "is null but layer_types has sliding layers",
            ));
        }
        let vocab_size = fields.count("vocab_size", 262_208, 1)?;
        let pad_token = fields.token("pad_token_id", Some(0))?;
        if let Some(pad) = pad_token.filter(|&pad| pad as usize >= vocab_size) {
            let reason = format!("is {pad}, outside the vocabulary of {vocab_size}");
            return Err(fields.error("pad_token_id", reason));
        }
        if fields.get("per_layer_config").is_some() {
            let reason = "layers that differ in their configuration are not implemented";
            return Err(fields.error("per_layer_config", reason));
        }
        let rope = |kind| Rope::read(fields, kind, layer_types.contains(&kind));
        let (rope_full, rope_sliding) = (rope(LayerType::Full)?, rope(LayerType::Sliding)?);
        Ok(Self {
            vocab_size,
            hidden_size,
            intermediate_size: fields.count("intermediate_size", 9216, 1)?,
            num_attention_heads,
            num_key_value_heads,
            head_dim,
            rms_norm_eps: fields.positive("rms_norm_eps")?.unwrap_or(1e-6),
            attention_bias: fields.flag("attention_bias", false)?,
            query_pre_attn_scalar: fields.positive("query_pre_attn_scalar")?.unwrap_or(256.0),
            sliding_window,
            layer_types,
            final_logit_softcapping: fields.positive("final_logit_softcapping")?,
            rope_full,
            rope_sliding,
            pad_token,
            bos_token: fields.token("bos_token_id", Some(2))?,
        })
    }

    /// Width of all query heads.
    pub fn query_size(&self) -> usize {
        self.num_attention_heads * self.head_dim
    }

    /// Width of all key heads, and of all value heads.
    pub fn key_value_size(&self) -> usize {
        self.num_key_value_heads * self.head_dim
    }

    /// Number of layers.
    pub fn num_hidden_layers(&self) -> usize {
        self.layer_types.len()
    }

    /// RoPE of a layer type.
    pub fn rope(&self, layer_type: LayerType) -> &Rope {
        match layer_type {
            LayerType::Full => &self.rope_full,
            LayerType::Sliding => &self.rope_sliding,
        }
    }
}

fn layer_types(fields: &Fields) -> Result<Vec<LayerType>> {
    let count = fields.count("num_hidden_layers", 26, 1)?;
    let Some(names) = fields.list("layer_types")? else {
        let pattern = fields
            .optional_count("sliding_window_pattern", 1)?
            .unwrap_or(6);
        return Ok((1..=count)
            .map(|i| {
                if i % pattern == 0 {
                    LayerType::Full
                } else {
                    LayerType::Sliding
                }
            })
            .collect());
    };
    if names.len() != count {
        let reason = format!(
            "has {} entries for num_hidden_layers = {count}",
            names.len()
        );
        return Err(fields.error("layer_types", reason));
    }
    names
        .iter()
        .enumerate()
        .map(|(i, name)| match name.as_str() {
            // The second is what it was called earlier.
            Some("full_attention" | "attention") => Ok(LayerType::Full),
            Some("sliding_attention") => Ok(LayerType::Sliding),
            _ => {
                let reason =
                    format!("must be \"full_attention\" or \"sliding_attention\", not {name}");
                Err(fields.error(&format!("layer_types[{i}]"), reason))
            }
        })
        .collect()
}
