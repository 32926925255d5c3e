//! Choosing a token from processed scores.

use super::{Random, Urn};
use crate::error::Result;

/// The token with the largest score, the lowest id among equals. NaN counts as largest, as in torch; 0 where all are -inf.
pub fn greedy(scores: &[f32]) -> i32 {
    super::top(scores.iter().copied(), 1)
        .first()
        .map_or(0, |&(token, _)| token as i32)
}

/// Draws tokens with the probabilities of their scores, the same ones for the same seed wherever it runs.
#[derive(Debug, Clone, Copy)]
pub struct Sampler {
    random: Random,
}

impl Sampler {
    /// A sampler for this seed.
    pub fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
        }
    }

    /// Draw a token from the scores of a row: [vocab]. `row` counts in the batch and `step` from 0; for the same two, seed and
    /// scores, the token is the same.
    ///
    /// # Errors
    /// [`crate::Error::Input`] for scores that are NaN or +inf, and where every score is -inf.
    pub fn sample(&self, row: usize, step: usize, scores: &[f32]) -> Result<i32> {
        let drawn = Urn::new(scores)?.draw(self.random.uniform(row, step, 0));
        Ok(drawn.map_or_else(|| greedy(scores), |token| token as i32))
    }
}
