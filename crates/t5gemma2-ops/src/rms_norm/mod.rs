//! Gemma's RMS norm.

pub(crate) mod reference;

use burn::tensor::Tensor;

use crate::dims::Dims;

/// `x / sqrt(mean(x²) + eps) · (1 + weight)`, over the last dimension.
///
/// # Shapes
/// `x` `[n, cols]`, `weight` `[cols]` -> `[n, cols]`
pub fn rms_norm(x: Tensor<2>, weight: Tensor<1>, eps: f64) -> Tensor<2> {
    Dims::of("rms_norm").tensor("x", x.dims(), ["n", "cols"]).tensor("weight", weight.dims(), ["cols"]);
    reference::rms_norm(x, weight, eps)
}

/// `residual + rms_norm(x, weight, eps)`.
///
/// # Shapes
/// `residual` `[n, cols]`, `x` `[n, cols]`, `weight` `[cols]` -> `[n, cols]`
pub fn add_rms_norm(residual: Tensor<2>, x: Tensor<2>, weight: Tensor<1>, eps: f64) -> Tensor<2> {
    Dims::of("add_rms_norm")
        .tensor("residual", residual.dims(), ["n", "cols"])
        .tensor("x", x.dims(), ["n", "cols"])
        .tensor("weight", weight.dims(), ["cols"]);
    reference::add_rms_norm(residual, x, weight, eps)
}
