use burn::tensor::Tensor;

use super::{Input, NormedLinear};
use crate::Matrix;
use crate::geglu::reference::geglu;
use crate::linear;
use crate::rms_norm::reference::{add_rms_norm, rms_norm};

pub(crate) fn normed_linear(
    matrix: &Matrix,
    input: Input,
    layer: &NormedLinear,
) -> (Tensor<2>, Tensor<2>) {
    let [post, pre] = [0, 1].map(|row| layer.norms.clone().slice([row..row + 1]).flatten(0, 1));
    let Input { residual, update } = input;
    let sum = match update {
        Some(update) => add_rms_norm(residual, update, post, layer.eps),
        None => residual,
    };
    let x = rms_norm(sum.clone(), pre, layer.eps);
    let out = linear::reference::linear(matrix, x, 0..matrix.rows(), layer.bias.clone());
    let out = if layer.gated { geglu(out) } else { out };
    let out = match layer.softcap {
        Some(cap) => out.div_scalar(cap).tanh().mul_scalar(cap),
        None => out,
    };
    (sum, out)
}
