//! No sequence of n tokens twice.

use super::{Processor, Row, fill};
use std::collections::HashMap;

/// `no_repeat_ngram_size`: bans what would complete n tokens that the sequence already has.
#[derive(Debug)]
pub(super) struct NoRepeatNgram {
    pub size: usize,
}

impl Processor for NoRepeatNgram {
    fn process(&self, row: &Row<'_>, scores: &mut [f32]) {
        if row.sequence.len() < self.size {
            return;
        }
        let prefix = &row.sequence[row.sequence.len() + 1 - self.size..];
        for window in row.sequence.windows(self.size) {
            if let Some((last, start)) = window.split_last()
                && start == prefix
            {
                fill(scores, &[*last], f32::NEG_INFINITY);
            }
        }
    }
}

/// `encoder_no_repeat_ngram_size`: bans what would complete n tokens that the encoder's input has.
#[derive(Debug)]
pub(super) struct EncoderNoRepeatNgram {
    size: usize,
    /// For each input: the first n - 1 tokens, and all that follow them.
    ngrams: Vec<HashMap<Vec<i32>, Vec<i32>>>,
    rows_per_input: usize,
}

impl EncoderNoRepeatNgram {
    pub fn new(size: usize, encoder_ids: &[Vec<i32>], rows_per_input: usize) -> Self {
        let ngrams = encoder_ids.iter().map(|ids| {
            let mut followers: HashMap<Vec<i32>, Vec<i32>> = HashMap::new();
            for (last, start) in ids.windows(size).filter_map(<[i32]>::split_last) {
                followers.entry(start.to_vec()).or_default().push(*last);
            }
            followers
        });
        Self {
            size,
            ngrams: ngrams.collect(),
            rows_per_input,
        }
    }
}

impl Processor for EncoderNoRepeatNgram {
    fn process(&self, row: &Row<'_>, scores: &mut [f32]) {
        let Some(start) = (row.sequence.len() + 1).checked_sub(self.size) else {
            return;
        };
        if let Some(banned) =
            self.ngrams[row.index / self.rows_per_input].get(&row.sequence[start..])
        {
            fill(scores, banned, f32::NEG_INFINITY);
        }
    }
}
