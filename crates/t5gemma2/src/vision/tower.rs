//! `SiglipVisionModel` without its pooling head, which T5Gemma 2 does not use.

use burn::tensor::{Device, Tensor, TensorData};
use t5gemma2_ops::{self as ops, AttentionMask};

use crate::config::VisionConfig;
use crate::error::Result;
use crate::nn::Linear;
use crate::weights::Weights;

pub(super) struct Tower {
    patch_embedding: Linear,
    /// [patches, hidden].
    position_embedding: Tensor<2>,
    layers: Vec<TowerLayer>,
    post_layernorm: LayerNorm,
    config: VisionConfig,
}

struct TowerLayer {
    layer_norm1: LayerNorm,
    qkv: Linear,
    out_proj: Linear,
    layer_norm2: LayerNorm,
    fc1: Linear,
    fc2: Linear,
}

struct LayerNorm {
    weight: Tensor<1>,
    bias: Tensor<1>,
    eps: f64,
}

impl LayerNorm {
    fn new(weights: &mut Weights, at: &str, eps: f64) -> Result<Self> {
        Ok(Self {
            weight: weights.dense(&format!("{at}.weight"))?,
            bias: weights.dense(&format!("{at}.bias"))?,
            eps,
        })
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        ops::layer_norm(x, self.weight.clone(), self.bias.clone(), self.eps)
    }
}

impl Tower {
    pub fn new(weights: &mut Weights, config: &VisionConfig) -> Result<Self> {
        let at = "encoder.vision_tower";
        let linear = |weights: &mut Weights, name: &str| {
            Linear::new(
                weights,
                &format!("{name}.weight"),
                Some(&format!("{name}.bias")),
            )
        };
        let layers = (0..config.num_hidden_layers)
            .map(|layer| {
                let at = format!("{at}.encoder.layers.{layer}");
                let attention = format!("{at}.self_attn");
                Ok(TowerLayer {
                    layer_norm1: LayerNorm::new(
                        weights,
                        &format!("{at}.layer_norm1"),
                        config.layer_norm_eps,
                    )?,
                    qkv: Linear::new(
                        weights,
                        &format!("{attention}.qkv"),
                        Some(&format!("{attention}.qkv.bias")),
                    )?,
                    out_proj: linear(weights, &format!("{attention}.out_proj"))?,
                    layer_norm2: LayerNorm::new(
                        weights,
                        &format!("{at}.layer_norm2"),
                        config.layer_norm_eps,
                    )?,
                    fc1: linear(weights, &format!("{at}.mlp.fc1"))?,
                    fc2: linear(weights, &format!("{at}.mlp.fc2"))?,
                })
            })
            .collect::<Result<_>>()?;
        let patches = config.patches_per_side() * config.patches_per_side();
        let positions = weights.dense(&format!("{at}.embeddings.position_embedding.weight"))?;
        Ok(Self {
            patch_embedding: linear(weights, &format!("{at}.embeddings.patch_embedding"))?,
            position_embedding: positions.reshape([patches, config.hidden_size]),
            layers,
            post_layernorm: LayerNorm::new(
                weights,
                &format!("{at}.post_layernorm"),
                config.layer_norm_eps,
            )?,
            config: config.clone(),
        })
    }

    /// One picture [channels, height, width] -> states [patches, hidden].
    pub fn forward(&self, picture: &[f32], device: &Device) -> Tensor<2> {
        let mut x = self.patch_embedding.forward(self.patches(picture, device))
            + self.position_embedding.clone();
        for layer in &self.layers {
            let attended = self.attend(layer.qkv.forward(layer.layer_norm1.forward(x.clone())));
            x = x + layer.out_proj.forward(attended);
            let fed = ops::gelu_tanh(layer.fc1.forward(layer.layer_norm2.forward(x.clone())));
            x = x + layer.fc2.forward(fed);
        }
        self.post_layernorm.forward(x)
    }

    /// The convolution's windows as rows [patches, channels * patch * patch]: its stride is its size.
    fn patches(&self, picture: &[f32], device: &Device) -> Tensor<2> {
        let VisionConfig {
            num_channels,
            image_size,
            patch_size,
            ..
        } = self.config;
        let side = self.config.patches_per_side();
        let mut rows = Vec::with_capacity(side * side * num_channels * patch_size * patch_size);
        for (py, px) in (0..side).flat_map(|py| (0..side).map(move |px| (py, px))) {
            for (channel, y) in (0..num_channels).flat_map(|c| (0..patch_size).map(move |y| (c, y)))
            {
                let start =
                    (channel * image_size + py * patch_size + y) * image_size + px * patch_size;
                rows.extend_from_slice(&picture[start..start + patch_size]);
            }
        }
        let shape = [side * side, num_channels * patch_size * patch_size];
        Tensor::from_data(TensorData::new(rows, shape), device)
    }

    /// Stacked q, k, v [patches, 3 * hidden] -> attended heads [patches, hidden].
    fn attend(&self, qkv: Tensor<2>) -> Tensor<2> {
        let VisionConfig {
            hidden_size,
            num_attention_heads: heads,
            ..
        } = self.config;
        let patches = qkv.dims()[0];
        let head_dim = hidden_size / heads;
        let part = |i: usize| {
            let columns = qkv
                .clone()
                .slice([0..patches, i * hidden_size..(i + 1) * hidden_size]);
            columns
                .reshape([1, patches, heads, head_dim])
                .swap_dims(1, 2)
        };
        let scale = (head_dim as f64).powf(-0.5) as f32;
        ops::attention(
            part(0),
            part(1),
            part(2),
            &AttentionMask::default(),
            scale,
            None,
        )
    }
}
