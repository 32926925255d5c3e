use burn::tensor::Tensor;

use crate::linear::reference::linear;
use crate::merged_attention::reference::merged_attention;
use crate::{Matrix, MergedAttention};

pub(crate) fn merged_linear(
    matrix: &Matrix,
    inputs: MergedAttention,
    bias: Option<Tensor<1>>,
) -> Tensor<2> {
    linear(matrix, merged_attention(inputs), 0..matrix.rows(), bias)
}
