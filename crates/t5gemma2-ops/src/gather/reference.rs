use burn::tensor::{Int, Tensor};

use crate::Matrix;
use crate::linear::reference::dense;

pub(crate) fn gather(matrix: &Matrix, ids: Tensor<1, Int>) -> Tensor<2> {
    dense(matrix).select(0, ids)
}

pub(crate) fn embed(
    matrix: &Matrix,
    ids: Tensor<1, Int>,
    scale: f32,
    (special, row): (i32, Tensor<1>),
) -> Tensor<2> {
    let rows = gather(matrix, ids.clone()).mul_scalar(scale);
    let shape = rows.dims();
    let is_special = ids.equal_elem(special).unsqueeze_dim::<2>(1).expand(shape);
    rows.mask_where(is_special, row.unsqueeze::<2>().expand(shape))
}
