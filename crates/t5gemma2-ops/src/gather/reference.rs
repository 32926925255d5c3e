use burn::tensor::{Int, Tensor};

use crate::Matrix;
use crate::linear::reference::dense;

pub(crate) fn gather(matrix: &Matrix, ids: Tensor<1, Int>) -> Tensor<2> {
    dense(matrix).select(0, ids)
}
