//! Penalties on tokens that have occurred.

use super::{Processor, Row};

/// Divides positive scores of the tokens of `ids` by the penalty and multiplies negative ones, once a token.
fn penalise<'a>(scores: &mut [f32], ids: impl Iterator<Item = &'a i32>, penalty: f32) {
    let mut seen: Vec<usize> = ids
        .filter_map(|&id| usize::try_from(id).ok())
        .filter(|&id| id < scores.len())
        .collect();
    seen.sort_unstable();
    seen.dedup();
    for id in seen {
        let score = &mut scores[id];
        *score = if *score < 0.0 {
            *score * penalty
        } else {
            *score / penalty
        };
    }
}

/// `repetition_penalty`: makes tokens of the decoder's own sequence less likely (or more, below 1).
#[derive(Debug)]
pub(super) struct RepetitionPenalty {
    pub penalty: f64,
    /// Leading tokens to overlook, of each input: its prompt's padding.
    pub padding: Option<Vec<usize>>,
    /// Rows that each input has.
    pub rows_per_input: usize,
}

impl Processor for RepetitionPenalty {
    fn process(&self, row: &Row<'_>, scores: &mut [f32]) {
        let padding = self
            .padding
            .as_ref()
            .map_or(0, |padding| padding[row.index / self.rows_per_input]);
        penalise(
            scores,
            row.sequence.iter().skip(padding),
            self.penalty as f32,
        );
    }
}

/// `encoder_repetition_penalty`: makes tokens of the encoder's input more likely (or less, below 1).
#[derive(Debug)]
pub(super) struct EncoderRepetitionPenalty {
    pub penalty: f64,
    pub encoder_ids: Vec<Vec<i32>>,
    pub rows_per_input: usize,
}

impl Processor for EncoderRepetitionPenalty {
    fn process(&self, row: &Row<'_>, scores: &mut [f32]) {
        penalise(
            scores,
            self.encoder_ids[row.index / self.rows_per_input].iter(),
            (1.0 / self.penalty) as f32,
        );
    }
}
