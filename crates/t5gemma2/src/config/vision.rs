//! The configuration of the SigLIP vision tower.

use super::fields::Fields;
use crate::error::Result;

/// Sizes of the vision tower.
#[derive(Debug, Clone, PartialEq)]
pub struct VisionConfig {
    /// Width of a patch's state.
    pub hidden_size: usize,
    /// Width of the MLP.
    pub intermediate_size: usize,
    /// Layers.
    pub num_hidden_layers: usize,
    /// Attention heads; divides the width.
    pub num_attention_heads: usize,
    /// Colour channels of a picture.
    pub num_channels: usize,
    /// Height and width of a picture, in pixels.
    pub image_size: usize,
    /// Height and width of a patch, in pixels.
    pub patch_size: usize,
    /// Added to the variance in every LayerNorm.
    pub layer_norm_eps: f64,
}

impl VisionConfig {
    pub(super) fn read(fields: &Fields) -> Result<Self> {
        let hidden_size = fields.count("hidden_size", 768, 1)?;
        let num_attention_heads = fields.count("num_attention_heads", 12, 1)?;
        if hidden_size % num_attention_heads != 0 {
            let reason = format!(
                "is {hidden_size}, not a multiple of num_attention_heads ({num_attention_heads})"
            );
            return Err(fields.error("hidden_size", reason));
        }
        let activation = fields.text("hidden_act", "gelu_pytorch_tanh")?;
        if activation != "gelu_pytorch_tanh" {
            let reason = format!("\"{activation}\" is not implemented; \"gelu_pytorch_tanh\" is");
            return Err(fields.error("hidden_act", reason));
        }
        let image_size = side(fields, "image_size", 224)?;
        let patch_size = side(fields, "patch_size", 16)?;
        if patch_size > image_size {
            let reason = format!("is {patch_size}, larger than image_size ({image_size})");
            return Err(fields.error("patch_size", reason));
        }
        Ok(Self {
            hidden_size,
            intermediate_size: fields.count("intermediate_size", 3072, 1)?,
            num_hidden_layers: fields.count("num_hidden_layers", 12, 1)?,
            num_attention_heads,
            num_channels: fields.count("num_channels", 3, 1)?,
            image_size,
            patch_size,
            layer_norm_eps: fields.positive("layer_norm_eps")?.unwrap_or(1e-6),
        })
    }

    /// Patches along one side of a picture.
    pub fn patches_per_side(&self) -> usize {
        self.image_size / self.patch_size
    }

    /// Values of one picture: channels x height x width.
    pub fn picture_values(&self) -> usize {
        self.num_channels * self.image_size * self.image_size
    }
}

/// A side length, written as a number or as two equal ones.
fn side(fields: &Fields, name: &str, default: usize) -> Result<usize> {
    match fields.get(name).and_then(|value| value.as_array()) {
        None => fields.count(name, default, 1),
        Some(pair) => match pair.as_slice() {
            [a, b] if a == b && a.as_u64().is_some_and(|n| (1..=1 << 14).contains(&n)) => {
                Ok(a.as_u64().unwrap_or(0) as usize)
            }
            _ => Err(fields.error(
                name,
                "must be a number or two equal numbers: pictures are square",
            )),
        },
    }
}
