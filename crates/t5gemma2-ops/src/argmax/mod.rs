//! Greedy choice.

pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(feature = "wgpu")]
pub(crate) mod wgpu;

use burn::backend::Dispatch;
use burn::tensor::{Int, Tensor};

use crate::backend::Ops;

/// The column of each row's maximum; of several equal ones the first. NaN never wins; a row of nothing but NaN gives 0.
///
/// # Shapes
/// `logits` `[n, cols]` -> `[n]`
pub fn argmax(logits: Tensor<2>) -> Tensor<1, Int> {
    Tensor::from_dispatch(Dispatch::argmax(logits.into_dispatch()))
}
