//! `x · Wᵀ`.

#[cfg(test)]
mod exact;
mod fixed;
mod fixed_gemm;
mod fixed_gemv;
pub(crate) mod flex;
#[cfg(feature = "wgpu")]
mod gemm;
#[cfg(feature = "wgpu")]
pub(crate) mod gemv;
#[cfg(any(test, target_feature = "relaxed-simd"))]
mod nibble_gemm;
pub(crate) mod reference;
mod split;
mod stored_blocks;
mod streams;
#[cfg(feature = "wgpu")]
pub(crate) mod weights;
#[cfg(feature = "wgpu")]
pub(crate) mod wgpu;

use core::ops::Range;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::Matrix;
use crate::backend::{LinearPath, LinearSpec, Ops};

pub(crate) fn linear(
    matrix: &Matrix,
    x: Tensor<2>,
    rows: Range<usize>,
    bias: Option<Tensor<1>>,
    path: LinearPath,
) -> Tensor<2> {
    let spec = matrix.spec(rows, path);
    let (x, bias) = (x.into_dispatch(), bias.into_iter().collect());
    Tensor::from_dispatch(Dispatch::linear(x, matrix.shards().into(), bias, spec))
}

impl Matrix {
    /// What kernels need to know for these rows.
    pub(crate) fn spec(&self, rows: Range<usize>, path: LinearPath) -> LinearSpec {
        LinearSpec {
            rows,
            rows_per_shard: self.rows_per_shard(),
            path,
        }
    }
}
