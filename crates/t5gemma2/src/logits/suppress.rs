//! Tokens that never come, or never come first.

use super::{Processor, Row, fill};

/// `suppress_tokens`, and `begin_suppress_tokens` with the length at which they are suppressed.
#[derive(Debug)]
pub(super) struct Suppress {
    pub tokens: Vec<i32>,
    /// At this length of the sequence only.
    pub only_at: Option<usize>,
}

impl Processor for Suppress {
    fn process(&self, row: &Row<'_>, scores: &mut [f32]) {
        if self
            .only_at
            .is_none_or(|length| length == row.sequence.len())
        {
            fill(scores, &self.tokens, f32::NEG_INFINITY);
        }
    }
}
