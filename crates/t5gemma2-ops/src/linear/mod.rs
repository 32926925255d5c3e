//! `x · Wᵀ`.

pub(crate) mod flex;
pub(crate) mod reference;
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
    let spec = LinearSpec {
        rows,
        rows_per_shard: matrix.rows_per_shard(),
        path,
    };
    let (x, bias) = (x.into_dispatch(), bias.into_iter().collect());
    Tensor::from_dispatch(Dispatch::linear(x, matrix.shards().into(), bias, spec))
}
