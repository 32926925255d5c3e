//! Scores to weights.

use super::Scores;
use crate::cpu::{exp, lanes};

/// Turn `q · k` into weights in place and return the factor (1 / sum) that is still to be applied; 0 when nothing is
/// visible.
pub(super) fn softmax(row: &mut [f32], mask: Option<&[f32]>, scores: Scores) -> f32 {
    match scores.softcap {
        Some(cap) => row
            .iter_mut()
            .for_each(|x| *x = cap * exp::tanh(*x * scores.scale / cap)),
        None => row.iter_mut().for_each(|x| *x *= scores.scale),
    }
    if let Some(mask) = mask {
        row.iter_mut()
            .zip(mask)
            .for_each(|(x, &visible)| *x = if visible != 0.0 { *x } else { f32::MIN });
    }
    let max = lanes::largest(row, f32::MIN);
    row.iter_mut().for_each(|x| *x = exp::exp(*x - max));
    if let Some(mask) = mask {
        row.iter_mut()
            .zip(mask)
            .for_each(|(x, &visible)| *x *= visible);
    }
    let sum = lanes::sum(row);
    if sum > 0.0 { 1.0 / sum } else { 0.0 }
}
