//! Greedy choice.

pub(crate) mod reference;

use burn::tensor::{Int, Tensor};

/// The column of each row's maximum; of several equal ones the first. NaN never wins; a row of nothing but NaN gives 0.
///
/// # Shapes
/// `logits` `[n, cols]` -> `[n]`
pub fn argmax(logits: Tensor<2>) -> Tensor<1, Int> {
    reference::argmax(logits)
}
