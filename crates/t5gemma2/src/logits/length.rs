//! What may, must or should come at which length.

use super::{Processor, Row, fill};

/// `min_length` and `min_new_tokens`: no end before the sequence has this many tokens, prompt included.
#[derive(Debug)]
pub(super) struct MinLength {
    pub length: usize,
    pub eos: Vec<i32>,
}

impl Processor for MinLength {
    fn process(&self, row: &Row<'_>, scores: &mut [f32]) {
        if row.sequence.len() < self.length {
            fill(scores, &self.eos, f32::NEG_INFINITY);
        }
    }
}

/// `forced_bos_token_id` and `forced_eos_token_id`: only these tokens at this length.
#[derive(Debug)]
pub(super) struct Forced {
    pub length: usize,
    pub tokens: Vec<i32>,
}

impl Processor for Forced {
    fn process(&self, row: &Row<'_>, scores: &mut [f32]) {
        if row.sequence.len() == self.length {
            scores.fill(f32::NEG_INFINITY);
            fill(scores, &self.tokens, 0.0);
        }
    }
}

/// `exponential_decay_length_penalty`: makes the end likelier with every token after `start`.
#[derive(Debug)]
pub(super) struct ExponentialDecay {
    /// In tokens, prompt included.
    pub start: i64,
    pub factor: f64,
    /// Without duplicates.
    pub eos: Vec<usize>,
}

impl Processor for ExponentialDecay {
    fn process(&self, row: &Row<'_>, scores: &mut [f32]) {
        let late = row.sequence.len() as i64 - self.start;
        if late <= 0 {
            return;
        }
        let growth = (self.factor.powf(late as f64) - 1.0) as f32;
        for &token in &self.eos {
            if scores[token].is_finite() {
                scores[token] += scores[token].abs() * growth;
            }
        }
    }
}
