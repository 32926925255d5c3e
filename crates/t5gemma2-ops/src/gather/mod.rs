//! Rows of a matrix by id.

pub(crate) mod reference;

use burn::tensor::{Int, Tensor};

use crate::Matrix;

pub(crate) fn gather(matrix: &Matrix, ids: Tensor<1, Int>) -> Tensor<2> {
    reference::gather(matrix, ids)
}
