//! A matrix with an optional bias.

use burn::tensor::Tensor;
use std::ops::Range;
use t5gemma2_ops::{Input, Matrix, MergedAttention, NormedLinear};

use crate::error::Result;
use crate::weights::Weights;

/// `y = x Wᵀ + b`.
pub(crate) struct Linear {
    weight: Matrix,
    bias: Option<Tensor<1>>,
}

impl Linear {
    pub fn new(weights: &mut Weights, weight: &str, bias: Option<&str>) -> Result<Self> {
        Ok(Self {
            weight: weights.matrix(weight)?,
            bias: bias.map(|key| weights.dense(key)).transpose()?,
        })
    }

    /// Bytes of its weights.
    pub fn bytes(&self) -> usize {
        self.weight.bytes() + 4 * self.bias.as_ref().map_or(0, |bias| bias.dims()[0])
    }

    /// x: [n, cols] -> [n, rows].
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.weight.linear_bias(x, self.bias.clone())
    }

    /// The norms and sums before the layer too: what they make of `input` [n, cols], and [n, rows], halved by a gate.
    pub fn normed(&self, input: Input, layer: &NormedLinear) -> (Tensor<2>, Tensor<2>) {
        let layer = NormedLinear {
            bias: self.bias.clone(),
            ..layer.clone()
        };
        self.weight.normed_linear(input, &layer)
    }

    /// x: what merged attention makes of `inputs`.
    pub fn merged(&self, inputs: MergedAttention) -> Tensor<2> {
        self.weight.merged_linear(inputs, self.bias.clone())
    }

    /// Only these rows of the weight: x: [n, cols] -> [n, rows.len()].
    pub fn forward_rows(&self, x: Tensor<2>, rows: Range<usize>) -> Tensor<2> {
        let bias = self.bias.clone().map(|bias| bias.slice([rows.clone()]));
        self.weight.linear_rows_bias(x, rows, bias)
    }
}
