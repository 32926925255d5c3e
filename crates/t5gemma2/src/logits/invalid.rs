//! Scores that are not usable numbers, and scores that are no longer normalised.

use super::{Processor, Row, log_softmax};

/// `remove_invalid_values`: NaN becomes 0, an infinity the largest number of its sign.
#[derive(Debug)]
pub(super) struct RemoveInvalid;

impl Processor for RemoveInvalid {
    fn process(&self, _: &Row<'_>, scores: &mut [f32]) {
        for score in scores {
            *score = if score.is_nan() {
                0.0
            } else {
                score.clamp(f32::MIN, f32::MAX)
            };
        }
    }
}

/// `renormalize_logits`: a log-softmax, the last of all.
#[derive(Debug)]
pub(super) struct Renormalise;

impl Processor for Renormalise {
    fn process(&self, _: &Row<'_>, scores: &mut [f32]) {
        log_softmax(scores);
    }
}
