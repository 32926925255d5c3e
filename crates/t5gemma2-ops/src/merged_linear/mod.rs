//! The decoder's merged attention and the projection behind it.

pub(crate) mod reference;
#[cfg(feature = "wgpu")]
pub(crate) mod wgpu;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::backend::{AttentionPath, LinearPath, Ops};
use crate::{Matrix, MergedAttention};

impl Matrix {
    /// [`merged_attention`](crate::merged_attention) `· Wᵀ + bias`. On WebGPU the workgroups that share the keys of a query leave
    /// to the projection what a pass of its own would join.
    ///
    /// # Shapes
    /// those of [`MergedAttention`], cols = query_heads · d, `bias` `[rows]` -> `[batch · len, rows]`
    pub fn merged_linear(&self, inputs: MergedAttention, bias: Option<Tensor<1>>) -> Tensor<2> {
        self.merged_linear_by(inputs, bias, (AttentionPath::Auto, LinearPath::Auto))
    }

    pub(crate) fn merged_linear_by(
        &self,
        inputs: MergedAttention,
        bias: Option<Tensor<1>>,
        (attention, linear): (AttentionPath, LinearPath),
    ) -> Tensor<2> {
        inputs.check("merged_linear");
        let [_, heads, _, d] = inputs.q.dims();
        assert_eq!(
            self.cols(),
            heads * d,
            "merged_linear: {heads} heads of {d} to a matrix of {} columns",
            self.cols()
        );
        let spec = (inputs.spec(attention), self.spec(0..self.rows(), linear));
        Tensor::from_dispatch(Dispatch::merged_linear(
            inputs.q.into_dispatch(),
            inputs.self_k.into_dispatch(),
            inputs.self_v.into_dispatch(),
            inputs.self_valid.into_iter().collect(),
            inputs.encoder_k.into_dispatch(),
            inputs.encoder_v.into_dispatch(),
            inputs.encoder_valid.into_iter().collect(),
            inputs.total.into_dispatch(),
            self.shards().into(),
            bias.into_iter().collect(),
            spec,
        ))
    }
}
