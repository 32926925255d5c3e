//! Sampling filters that keep the most probable tokens. What is dropped becomes -inf.

use super::distribution::softmax;
use super::order::{ascending, nth_largest, top};
use super::{Processor, Row};

/// `temperature`: divides the scores.
#[derive(Debug)]
pub(super) struct Temperature {
    pub temperature: f64,
}

impl Processor for Temperature {
    fn process(&self, _: &Row<'_>, scores: &mut [f32]) {
        scores
            .iter_mut()
            .for_each(|score| *score /= self.temperature as f32);
    }
}

/// `top_k`: keeps the k largest scores, and those equal to the last of them.
#[derive(Debug)]
pub(super) struct TopK {
    pub count: usize,
}

impl Processor for TopK {
    fn process(&self, _: &Row<'_>, scores: &mut [f32]) {
        let least = nth_largest(scores, self.count);
        scores
            .iter_mut()
            .filter(|score| **score < least)
            .for_each(|score| *score = f32::NEG_INFINITY);
    }
}

/// `top_p`: keeps the fewest of the most probable tokens whose probabilities add up to p.
#[derive(Debug)]
pub(super) struct TopP {
    pub mass: f64,
    /// Tokens to keep at the least.
    pub least: usize,
}

impl Processor for TopP {
    fn process(&self, _: &Row<'_>, scores: &mut [f32]) {
        let probabilities = softmax(scores);
        let limit = (1.0 - self.mass) as f32;
        // Impossible tokens come first in the order and add nothing: they need no sorting.
        let sorted = ascending(scores, |i| scores[i] == f32::NEG_INFINITY);
        let mut sum = 0.0f64;
        for &index in &sorted[..sorted.len().saturating_sub(self.least)] {
            sum += f64::from(probabilities[index]);
            let within = sum as f32 <= limit;
            if !within {
                break;
            }
            scores[index] = f32::NEG_INFINITY;
        }
    }
}

/// `min_p`: keeps tokens at least p times as probable as the most probable one.
#[derive(Debug)]
pub(super) struct MinP {
    pub ratio: f64,
    /// Tokens to keep at the least.
    pub least: usize,
}

impl Processor for MinP {
    fn process(&self, _: &Row<'_>, scores: &mut [f32]) {
        let probabilities = softmax(scores);
        let best = top(probabilities.iter().copied(), self.least.min(scores.len()));
        let limit = best
            .first()
            .map_or(0.0, |&(_, most)| self.ratio as f32 * most);
        for (index, score) in scores.iter_mut().enumerate() {
            if probabilities[index] < limit && !best.iter().any(|&(kept, _)| kept == index) {
                *score = f32::NEG_INFINITY;
            }
        }
    }
}
