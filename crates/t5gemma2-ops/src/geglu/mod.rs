//! The tanh approximation of GELU, alone and gating.

pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(feature = "wgpu")]
pub(crate) mod wgpu;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::backend::Ops;
use crate::dims::Dims;

/// `gelu_tanh(gate) · up`, where `gate` is the first half of the columns and `up` the second.
///
/// # Shapes
/// `gate_up` `[n, 2 · cols]` -> `[n, cols]`
///
/// # Panics
/// When the number of columns is odd.
pub fn geglu(gate_up: Tensor<2>) -> Tensor<2> {
    let both = Dims::of("geglu")
        .tensor("gate_up", gate_up.dims(), ["n", "2 cols"])
        .get("2 cols");
    assert!(
        both.is_multiple_of(2),
        "geglu: {both} columns do not split into gate and up"
    );
    Tensor::from_dispatch(Dispatch::geglu(gate_up.into_dispatch()))
}

/// `0.5 · x · (1 + tanh(sqrt(2 / π) · (x + 0.044715 · x³)))`.
///
/// # Shapes
/// `x` `[n, cols]` -> `[n, cols]`
pub fn gelu_tanh(x: Tensor<2>) -> Tensor<2> {
    Tensor::from_dispatch(Dispatch::gelu_tanh(x.into_dispatch()))
}
