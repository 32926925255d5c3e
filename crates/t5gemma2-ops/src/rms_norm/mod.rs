//! Gemma's RMS norm.

pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(feature = "wgpu")]
pub(crate) mod wgpu;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::backend::Ops;
use crate::dims::Dims;
use crate::several::Floats;

/// `x / sqrt(mean(x²) + eps) · (1 + weight)`, over the last dimension.
///
/// # Shapes
/// `x` `[n, cols]`, `weight` `[cols]` -> `[n, cols]`
pub fn rms_norm(x: Tensor<2>, weight: Tensor<1>, eps: f64) -> Tensor<2> {
    Dims::of("rms_norm")
        .tensor("x", x.dims(), ["n", "cols"])
        .tensor("weight", weight.dims(), ["cols"]);
    Tensor::from_dispatch(Dispatch::rms_norm(
        x.into_dispatch(),
        weight.into_dispatch(),
        Floats(Vec::new()),
        eps as f32,
    ))
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
    let residual = [residual].into_iter().collect();
    Tensor::from_dispatch(Dispatch::rms_norm(
        x.into_dispatch(),
        weight.into_dispatch(),
        residual,
        eps as f32,
    ))
}
