//! Projections, head norms and rotary positions of one attention layer; encoder and decoder attend differently with them.

use burn::tensor::{Device, Int, Tensor, TensorData};
use t5gemma2_ops::{self as ops, HeadDims, Input, MergedAttention, NormedLinear, Rope};

use super::Linear;
use crate::config::{LayerType, TextConfig};
use crate::error::Result;
use crate::weights::Weights;

/// `self_attn` of a layer.
///
/// The oracle keeps `attn_logit_softcapping` in its configuration and never applies it, so neither does this.
pub(crate) struct Attention {
    qkv: Linear,
    o_proj: Linear,
    q_norm: Tensor<1>,
    k_norm: Tensor<1>,
    /// Both, one below the other.
    norms: Tensor<2>,
    rope: Rope,
    eps: f64,
    /// Heads of the stacked q, k and v rows.
    pub heads: HeadDims,
    /// Scores are multiplied by this.
    pub scale: f32,
    /// Window in tokens, for a sliding layer.
    pub window: Option<usize>,
}

/// Stacked projections [n, heads of q, k and v] of tokens at positions [b, t], not yet split into heads.
pub(crate) struct HeadsOf<'a> {
    pub attention: &'a Attention,
    pub qkv: Tensor<2>,
    pub positions: Tensor<2, Int>,
}

impl Attention {
    pub fn new(
        weights: &mut Weights,
        at: &str,
        config: &TextConfig,
        layer: usize,
        device: &Device,
    ) -> Result<Self> {
        let layer_type = config.layer_types[layer];
        let at = format!("{at}.self_attn");
        let bias = |name: String| config.attention_bias.then_some(name);
        let rope = config.rope(layer_type);
        let frequencies = rope.inverse_frequencies(config.head_dim);
        let count = frequencies.len();
        let q_norm: Tensor<1> = weights.dense(&format!("{at}.q_norm.weight"))?;
        let k_norm: Tensor<1> = weights.dense(&format!("{at}.k_norm.weight"))?;
        Ok(Self {
            qkv: Linear::new(
                weights,
                &format!("{at}.qkv"),
                bias(format!("{at}.qkv.bias")).as_deref(),
            )?,
            o_proj: Linear::new(
                weights,
                &format!("{at}.o_proj.weight"),
                bias(format!("{at}.o_proj.bias")).as_deref(),
            )?,
            norms: Tensor::stack(vec![q_norm.clone(), k_norm.clone()], 0),
            q_norm,
            k_norm,
            rope: Rope {
                inv_freq: Tensor::from_data(TensorData::new(frequencies, [count]), device),
                scaling: rope.attention_factor(),
            },
            eps: config.rms_norm_eps,
            heads: HeadDims {
                query_heads: config.num_attention_heads,
                kv_heads: config.num_key_value_heads,
                head_dim: config.head_dim,
            },
            scale: config.query_pre_attn_scalar.powf(-0.5) as f32,
            window: (layer_type == LayerType::Sliding).then_some(config.sliding_window),
        })
    }

    /// Bytes of its weights.
    pub fn bytes(&self) -> usize {
        let norms = [&self.q_norm, &self.k_norm].map(|norm| 4 * norm.dims()[0]);
        self.qkv.bytes() + self.o_proj.bytes() + norms.iter().sum::<usize>()
    }

    /// The stacked projections [n, heads of q, k and v] of a layer's input [n, hidden], and the input as one sum.
    pub fn qkv(&self, input: Input, norms: &NormedLinear) -> (Tensor<2>, Tensor<2>) {
        self.qkv.normed(input, norms)
    }

    /// Queries [b, heads, t, d], keys and values [b, kv_heads, t, d] of stacked projections at positions: [b, t].
    pub fn heads(
        &self,
        qkv: Tensor<2>,
        positions: Tensor<2, Int>,
    ) -> (Tensor<4>, Tensor<4>, Tensor<4>) {
        ops::qkv_heads(
            qkv,
            self.q_norm.clone(),
            self.k_norm.clone(),
            positions,
            &self.rope,
            self.eps,
            self.heads,
        )
    }

    /// The same with keys and values written into `rings` [b, kv_heads, slots, d], where the `total`-th token is the last.
    pub fn heads_into(
        &self,
        qkv: Tensor<2>,
        positions: Tensor<2, Int>,
        rings: (Tensor<4>, Tensor<4>),
        total: Tensor<1, Int>,
    ) -> (Tensor<4>, (Tensor<4>, Tensor<4>)) {
        ops::heads_into(
            qkv,
            self.norms.clone(),
            positions,
            &self.rope,
            rings,
            total,
            self.eps,
            self.heads,
        )
    }

    /// Keys and values [b, kv_heads, s, d] of encoder states [b * s, hidden]: the same projections, without positions.
    pub fn project_encoder(&self, states: Tensor<2>, batch: usize) -> (Tensor<4>, Tensor<4>) {
        let HeadDims {
            query_heads,
            kv_heads,
            head_dim,
        } = self.heads;
        let rows = query_heads * head_dim..(query_heads + 2 * kv_heads) * head_dim;
        let kv = self.qkv.forward_rows(states, rows);
        ops::kv_heads(kv, self.k_norm.clone(), batch, self.eps, self.heads)
    }

    /// Attended heads [b * t, heads * d] -> [b * t, hidden].
    pub fn output(&self, attended: Tensor<2>) -> Tensor<2> {
        self.o_proj.forward(attended)
    }

    /// The same of what is to be attended to.
    pub fn merged_output(&self, inputs: MergedAttention) -> Tensor<2> {
        self.o_proj.merged(inputs)
    }
}
