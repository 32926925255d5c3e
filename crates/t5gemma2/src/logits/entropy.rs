//! Sampling filters that go by the entropy of the distribution, or by a fixed probability. What is dropped becomes -inf.

use super::distribution::{log_softmax, log_sum_exp, softmax};
use super::order::{ascending, nth_largest, top};
use super::{Processor, Row};

/// Most tokens that [`TopH`] looks at, as in the reference.
const TOP_H_TOKENS: usize = 100;

/// `typical_p`: keeps the tokens whose information is nearest to the entropy, up to this mass.
#[derive(Debug)]
pub(super) struct Typical {
    pub mass: f64,
    /// Tokens to keep at the least.
    pub least: usize,
}

impl Processor for Typical {
    fn process(&self, _: &Row<'_>, scores: &mut [f32]) {
        let probabilities = softmax(scores);
        let mut logs = scores.to_vec();
        log_softmax(&mut logs);
        let terms = logs
            .iter()
            .map(|log| log * log.exp())
            .filter(|term| !term.is_nan());
        let entropy = -terms.map(f64::from).sum::<f64>() as f32;
        let distances: Vec<f32> = logs.iter().map(|log| (-log - entropy).abs()).collect();
        // Impossible tokens are infinitely far and add nothing: they need no sorting, and stay as they are.
        let sorted = ascending(&distances, |i| scores[i] == f32::NEG_INFINITY);
        let mut sum = 0.0f64;
        let last = sorted.iter().find(|&&index| {
            sum += f64::from(probabilities[index]);
            // Not `>=`: a NaN ends the search, as it ends the count of the reference.
            let short = (sum as f32) < self.mass as f32;
            !short
        });
        let Some(limit) = last.map(|&index| distances[index]) else {
            return;
        };
        for &index in sorted.iter().skip(self.least) {
            if distances[index] > limit {
                scores[index] = f32::NEG_INFINITY;
            }
        }
    }
}

/// Drop the scores less probable than `limit`, but for the `least` largest scores and their equals.
fn cut(scores: &mut [f32], limit: f32, least: usize) {
    let probabilities = softmax(scores);
    let kept = nth_largest(scores, least);
    for (score, probability) in scores.iter_mut().zip(probabilities) {
        if probability < limit && *score < kept {
            *score = f32::NEG_INFINITY;
        }
    }
}

/// `epsilon_cutoff`: keeps tokens of at least this probability.
#[derive(Debug)]
pub(super) struct Epsilon {
    pub epsilon: f64,
    /// Tokens to keep at the least.
    pub least: usize,
}

impl Processor for Epsilon {
    fn process(&self, _: &Row<'_>, scores: &mut [f32]) {
        cut(scores, self.epsilon as f32, self.least);
    }
}

/// `eta_cutoff`: as [`Epsilon`], with a lower limit where the entropy is high.
#[derive(Debug)]
pub(super) struct Eta {
    pub epsilon: f64,
    /// Tokens to keep at the least.
    pub least: usize,
}

impl Processor for Eta {
    fn process(&self, _: &Row<'_>, scores: &mut [f32]) {
        let epsilon = self.epsilon as f32;
        cut(
            scores,
            epsilon.min(epsilon.sqrt() * (-entropy(scores)).exp()),
            self.least,
        );
    }
}

/// In nats. Impossible tokens add nothing.
fn entropy(scores: &[f32]) -> f32 {
    let (probabilities, norm) = (softmax(scores), log_sum_exp(scores));
    let terms = scores
        .iter()
        .zip(probabilities)
        .map(|(score, p)| (score - norm).max(f32::MIN) * p);
    -terms.map(f64::from).sum::<f64>() as f32
}

/// `top_h`: keeps the most probable tokens while their share of the entropy stays within this fraction of it.
#[derive(Debug)]
pub(super) struct TopH {
    pub fraction: f64,
}

impl Processor for TopH {
    fn process(&self, _: &Row<'_>, scores: &mut [f32]) {
        let best = top(scores.iter().copied(), TOP_H_TOKENS.min(scores.len()));
        let best_scores: Vec<f32> = best.iter().map(|&(_, score)| score).collect();
        let limit = entropy(&best_scores) * self.fraction as f32;
        scores.fill(f32::NEG_INFINITY);
        let mut sum = 0.0f64;
        for (rank, (&(index, score), p)) in best.iter().zip(softmax(&best_scores)).enumerate() {
            sum += f64::from(-p * p.ln());
            // NaN from an impossible token is not within the limit, nor is what comes after it.
            if rank == 0 || sum as f32 <= limit {
                scores[index] = score;
            }
        }
    }
}
