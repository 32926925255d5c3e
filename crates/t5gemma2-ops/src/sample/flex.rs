//! On the CPU the host draws: here only that the operation is whole, by the plain computation.

use burn::backend::flex::FlexTensor;

use super::{Sampling, reference::draw};
use crate::cpu::{contiguous, dims, floats, ints};

pub(crate) fn sample(
    logits: FlexTensor,
    positions: FlexTensor,
    total: FlexTensor,
    history: &FlexTensor,
    ends: Option<FlexTensor>,
    filling: i32,
    sampling: &Sampling,
) -> (FlexTensor, FlexTensor, FlexTensor, FlexTensor) {
    let logits = contiguous(logits);
    let [_, cols] = dims(&logits);
    let [_, width] = dims(history);
    let counts = ints(history);
    let rows = floats(&logits).chunks_exact(cols).enumerate();
    let winners = rows
        .map(|(row, logits)| draw(logits, sampling, row, counts[row * width] as usize))
        .collect();
    crate::greedy::flex::advance(winners, positions, total, history, ends, filling)
}
