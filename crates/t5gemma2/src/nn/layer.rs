//! The frame that encoder and decoder layers share: norms before and after attention and MLP, and the MLP.

use burn::tensor::{Device, Tensor};
use t5gemma2_ops::{self as ops, Input, NormedLinear};

use super::{Attention, Linear};
use crate::config::TextConfig;
use crate::error::Result;
use crate::weights::Weights;

/// One layer of either side.
pub(crate) struct Layer {
    pub self_attn: Attention,
    /// The norm behind the last layer's MLP and the one before attention.
    before_attention: NormedLinear,
    /// The norm behind attention and the one before the MLP, whose gate comes with it.
    before_mlp: NormedLinear,
    post_feedforward: Tensor<1>,
    gate_up: Linear,
    down: Linear,
    eps: f64,
}

impl Layer {
    /// Layer `layer`, which follows `last`.
    pub fn new(
        weights: &mut Weights,
        side: &str,
        config: &TextConfig,
        layer: usize,
        last: Option<&Layer>,
        device: &Device,
    ) -> Result<Self> {
        let at = format!("{side}.layers.{layer}");
        let mut norm = |name: &str| weights.dense(&format!("{at}.{name}_layernorm.weight"));
        let pre_self_attn = norm("pre_self_attn")?;
        let before = last.map_or(&pre_self_attn, |last| &last.post_feedforward);
        let eps = config.rms_norm_eps;
        let norms = |first: &Tensor<1>, second: &Tensor<1>| NormedLinear {
            norms: Tensor::stack(vec![first.clone(), second.clone()], 0),
            eps,
            bias: None,
            gated: false,
            softcap: None,
        };
        let before_attention = norms(before, &pre_self_attn);
        let before_mlp = norms(&norm("post_self_attn")?, &norm("pre_feedforward")?);
        Ok(Self {
            before_attention,
            before_mlp: NormedLinear {
                gated: true,
                ..before_mlp
            },
            post_feedforward: norm("post_feedforward")?,
            gate_up: Linear::new(weights, &format!("{at}.mlp.gate_up"), None)?,
            down: Linear::new(weights, &format!("{at}.mlp.down_proj.weight"), None)?,
            self_attn: Attention::new(weights, &at, config, layer, device)?,
            eps,
        })
    }

    /// Bytes of its weights.
    pub fn bytes(&self) -> usize {
        let norms = 4 * 4 * self.post_feedforward.dims()[0];
        self.self_attn.bytes() + self.gate_up.bytes() + self.down.bytes() + norms
    }

    /// What the last layer made, [n, hidden], to the same of this one; `attend` takes the stacked projections
    /// [n, heads of q, k and v] to [`Attention::output`], or to the same by another way.
    pub fn forward(
        &self,
        input: Input,
        attend: impl FnOnce(&Attention, Tensor<2>) -> Tensor<2>,
    ) -> Input {
        let (residual, qkv) = self.self_attn.qkv(input, &self.before_attention);
        let input = Input {
            residual,
            update: Some(attend(&self.self_attn, qkv)),
        };
        let (residual, fed) = self.gate_up.normed(input, &self.before_mlp);
        Input {
            residual,
            update: Some(self.down.forward(fed)),
        }
    }

    /// What this layer made, as one state [n, hidden].
    pub fn state(&self, made: Input) -> Tensor<2> {
        match made.update {
            Some(update) => ops::add_rms_norm(
                made.residual,
                update,
                self.post_feedforward.clone(),
                self.eps,
            ),
            None => made.residual,
        }
    }
}
