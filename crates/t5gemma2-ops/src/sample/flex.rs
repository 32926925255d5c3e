//! On the CPU the host draws: here only that the operation is whole, by the plain computation.

use burn::backend::flex::FlexTensor;

use super::{Sampling, reference::draw};
use crate::cpu::{contiguous, dims, floats, ints};

/// A token for each row of the logits.
pub(crate) fn draws(logits: FlexTensor, history: &FlexTensor, sampling: &Sampling) -> Vec<i32> {
    let logits = contiguous(logits);
    let [_, cols] = dims(&logits);
    let [_, width] = dims(history);
    let counts = ints(history);
    let rows = floats(&logits).chunks_exact(cols).enumerate();
    rows.map(|(row, logits)| draw(logits, sampling, row, counts[row * width] as usize))
        .collect()
}
