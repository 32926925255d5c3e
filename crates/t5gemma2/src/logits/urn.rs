//! Drawing tokens without putting them back.

use crate::error::{Error, Result};

/// Weights whose sum is kept, so that a draw reads one block of them and not all.
const BLOCK: usize = 1024;

/// Candidates weighted by the exponentials of their scores.
pub(crate) struct Urn {
    weights: Vec<f32>,
    sums: Vec<f64>,
}

/// What there is to say where a score is NaN or +inf.
pub(crate) fn not_numbers() -> Error {
    let reason = "are not numbers, so that nothing can be drawn from them; removeInvalidValues makes them numbers";
    Error::input("logits", reason)
}

/// What there is to say where every score is -inf.
pub(crate) fn no_token() -> Error {
    let reason = "leave no token to draw: together, the options forbid every one";
    Error::input("logits", reason)
}

fn sum(weights: &[f32]) -> f64 {
    weights.iter().map(|&weight| f64::from(weight)).sum()
}

impl Urn {
    /// Candidates with these scores; -inf can't be drawn.
    ///
    /// # Errors
    /// [`Error::Input`] for a score that is NaN or +inf, and where every score is -inf.
    pub fn new(scores: &[f32]) -> Result<Self> {
        let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        if scores.iter().any(|score| score.is_nan()) || most == f32::INFINITY {
            return Err(not_numbers());
        }
        if most == f32::NEG_INFINITY {
            return Err(no_token());
        }
        let weights: Vec<f32> = scores.iter().map(|score| (score - most).exp()).collect();
        let sums = weights.chunks(BLOCK).map(sum).collect();
        Ok(Self { weights, sums })
    }

    /// Draw the candidate that a number in [0, 1) falls on, and take it out. `None` once no weight is left.
    pub fn draw(&mut self, uniform: f64) -> Option<usize> {
        let mut target = uniform * self.sums.iter().sum::<f64>();
        let block = place(self.sums.iter().copied(), &mut target)?;
        let start = block * BLOCK;
        let end = self.weights.len().min(start + BLOCK);
        let index = start
            + place(
                self.weights[start..end]
                    .iter()
                    .map(|&weight| f64::from(weight)),
                &mut target,
            )?;
        self.weights[index] = 0.0;
        // Summed anew: a difference would leave a remainder where nothing is left.
        self.sums[block] = sum(&self.weights[start..end]);
        Some(index)
    }
}

/// Where the target falls, which becomes the distance into that place. Rounding may put it past the end: then the last place that
/// has any weight.
fn place(weights: impl Iterator<Item = f64>, target: &mut f64) -> Option<usize> {
    let mut last = None;
    for (index, weight) in weights.enumerate().filter(|&(_, weight)| weight > 0.0) {
        if *target < weight {
            return Some(index);
        }
        *target -= weight;
        last = Some(index);
    }
    // Whatever is left lies past every place, so the last one it is in the inner search as well.
    *target = f64::INFINITY;
    last
}
