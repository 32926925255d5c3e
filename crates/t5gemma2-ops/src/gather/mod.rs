//! Rows of a matrix by id.

pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(feature = "wgpu")]
pub(crate) mod wgpu;

use burn::backend::Dispatch;
use burn::tensor::{Int, Tensor};

use crate::Matrix;
use crate::backend::{GatherSpec, Ops};
use crate::matrix::Shards;

pub(crate) fn gather(matrix: &Matrix, ids: Tensor<1, Int>) -> Tensor<2> {
    let spec = GatherSpec {
        cols: matrix.cols(),
        rows_per_shard: matrix.rows_per_shard(),
    };
    let ids = ids.into_dispatch();
    Tensor::from_dispatch(match matrix.shards() {
        Shards::F32(shards) => Dispatch::gather_f32(ids, shards.iter().cloned().collect(), spec),
        Shards::Bf16(shards) => Dispatch::gather_bf16(ids, shards.iter().cloned().collect(), spec),
    })
}
