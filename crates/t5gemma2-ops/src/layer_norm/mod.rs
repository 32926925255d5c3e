//! Layer norm (the vision tower's).

pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(feature = "wgpu")]
pub(crate) mod wgpu;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::backend::Ops;
use crate::dims::Dims;

/// `(x - mean(x)) / sqrt(var(x) + eps) · weight + bias`, over the last dimension, with the biased variance.
///
/// # Shapes
/// `x` `[n, cols]`, `weight` `[cols]`, `bias` `[cols]` -> `[n, cols]`
pub fn layer_norm(x: Tensor<2>, weight: Tensor<1>, bias: Tensor<1>, eps: f64) -> Tensor<2> {
    Dims::of("layer_norm")
        .tensor("x", x.dims(), ["n", "cols"])
        .tensor("weight", weight.dims(), ["cols"])
        .tensor("bias", bias.dims(), ["cols"]);
    let (x, weight, bias) = (
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
    );
    Tensor::from_dispatch(Dispatch::layer_norm(x, weight, bias, eps as f32))
}
