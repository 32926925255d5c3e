//! Rows of a matrix by id.

pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(feature = "wgpu")]
pub(crate) mod wgpu;

use burn::backend::Dispatch;
use burn::tensor::{Int, Tensor};

use crate::Matrix;
use crate::backend::{GatherSpec, Ops};

pub(crate) fn gather(
    matrix: &Matrix,
    ids: Tensor<1, Int>,
    scale: f32,
    special: Option<(i32, Tensor<1>)>,
) -> Tensor<2> {
    let (id, row) = special.unzip();
    let spec = GatherSpec {
        cols: matrix.cols(),
        rows_per_shard: matrix.rows_per_shard(),
        scale,
        special: id,
    };
    Tensor::from_dispatch(Dispatch::gather(
        ids.into_dispatch(),
        matrix.shards().into(),
        row.into_iter().collect(),
        spec,
    ))
}
