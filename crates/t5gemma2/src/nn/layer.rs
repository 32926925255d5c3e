//! The frame that encoder and decoder layers share: norms before and after attention and MLP, and the MLP.

use burn::tensor::{Device, Tensor};
use t5gemma2_ops as ops;

use super::{Attention, Linear};
use crate::config::TextConfig;
use crate::error::Result;
use crate::weights::Weights;

/// One layer of either side.
pub(crate) struct Layer {
    pub self_attn: Attention,
    pre_self_attn: Tensor<1>,
    post_self_attn: Tensor<1>,
    pre_feedforward: Tensor<1>,
    post_feedforward: Tensor<1>,
    gate_up: Linear,
    down: Linear,
    eps: f64,
}

impl Layer {
    pub fn new(
        weights: &mut Weights,
        side: &str,
        config: &TextConfig,
        layer: usize,
        device: &Device,
    ) -> Result<Self> {
        let at = format!("{side}.layers.{layer}");
        let mut norm = |name: &str| weights.dense(&format!("{at}.{name}_layernorm.weight"));
        Ok(Self {
            pre_self_attn: norm("pre_self_attn")?,
            post_self_attn: norm("post_self_attn")?,
            pre_feedforward: norm("pre_feedforward")?,
            post_feedforward: norm("post_feedforward")?,
            gate_up: Linear::new(weights, &format!("{at}.mlp.gate_up"), None)?,
            down: Linear::new(weights, &format!("{at}.mlp.down_proj.weight"), None)?,
            self_attn: Attention::new(weights, &at, config, layer, device)?,
            eps: config.rms_norm_eps,
        })
    }

    /// x: [n, hidden] -> [n, hidden]; `attend` takes the normed input to the attention's output.
    pub fn forward(
        &self,
        x: Tensor<2>,
        attend: impl FnOnce(&Attention, Tensor<2>) -> Tensor<2>,
    ) -> Tensor<2> {
        let normed = ops::rms_norm(x.clone(), self.pre_self_attn.clone(), self.eps);
        let attended = self.self_attn.output(attend(&self.self_attn, normed));
        let x = ops::add_rms_norm(x, attended, self.post_self_attn.clone(), self.eps);
        let normed = ops::rms_norm(x.clone(), self.pre_feedforward.clone(), self.eps);
        let fed = self.down.forward(ops::geglu(self.gate_up.forward(normed)));
        ops::add_rms_norm(x, fed, self.post_feedforward.clone(), self.eps)
    }
}
