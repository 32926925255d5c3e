//! `T5Gemma2MultiModalProjector`: average pooling, Gemma RMSNorm, projection to the text width.

use burn::tensor::Tensor;
use t5gemma2_ops as ops;

use crate::config::Config;
use crate::error::Result;
use crate::nn::Linear;
use crate::weights::Weights;

pub(super) struct Projector {
    mm_soft_emb_norm: Tensor<1>,
    mm_input_projection: Linear,
    eps: f64,
    patches_per_side: usize,
    tokens_per_side: usize,
}

impl Projector {
    pub fn new(weights: &mut Weights, config: &Config) -> Result<Self> {
        let at = "encoder.multi_modal_projector";
        Ok(Self {
            mm_soft_emb_norm: weights.dense(&format!("{at}.mm_soft_emb_norm.weight"))?,
            mm_input_projection: Linear::new(
                weights,
                &format!("{at}.mm_input_projection_weight"),
                None,
            )?,
            eps: config.vision.layer_norm_eps,
            patches_per_side: config.vision.patches_per_side(),
            tokens_per_side: config.tokens_per_side(),
        })
    }

    /// States [patches, vision hidden] of one picture -> features [tokens, text hidden].
    pub fn forward(&self, states: Tensor<2>) -> Tensor<2> {
        let hidden = states.dims()[1];
        let (side, patches) = (self.tokens_per_side, self.patches_per_side);
        let window = patches / side;
        let covered = side * window;
        let pooled = states
            .reshape([patches, patches, hidden])
            .slice([0..covered, 0..covered, 0..hidden])
            .reshape([side, window, side, window * hidden])
            .mean_dim(1)
            .reshape([side * side, window, hidden])
            .mean_dim(1)
            .reshape([side * side, hidden]);
        self.mm_input_projection.forward(ops::rms_norm(
            pooled,
            self.mm_soft_emb_norm.clone(),
            self.eps,
        ))
    }
}
