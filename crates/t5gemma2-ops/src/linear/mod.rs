//! `x · Wᵀ`.

pub(crate) mod reference;

use core::ops::Range;

use burn::tensor::Tensor;

use crate::Matrix;

/// Which kernel computes a linear layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Path {
    /// By the number of rows of `x`.
    Auto,
    /// One pass over the weights for a few rows of `x`.
    Gemv,
    /// Tiles.
    Gemm,
}

pub(crate) fn linear(matrix: &Matrix, x: Tensor<2>, rows: Range<usize>, bias: Option<Tensor<1>>, _path: Path) -> Tensor<2> {
    reference::linear(matrix, x, rows, bias)
}
