//! What steps and their halves hand out.

use crate::logits::TokenLogprobs;
use crate::recording::Recorded;

/// What one step made.
#[derive(Default)]
pub struct Step {
    /// The next token of each row, the pad token for rows that had ended before; of a beam search, those of the running beams.
    pub tokens: Vec<i32>,
    /// Whether each row has ended, with this token or earlier; not told by a beam search.
    pub finished: Vec<bool>,
    /// Whether this was the last step.
    pub done: bool,
    /// As [`super::Report`] asked: [rows, vocab].
    pub logits: Option<Vec<f32>>,
    /// As [`super::Report`] asked: [rows, vocab].
    pub scores: Option<Vec<f32>>,
    /// As [`super::Report`] asked, a row each.
    pub logprobs: Option<Vec<TokenLogprobs>>,
    /// As [`super::Report`] asked, of the tokens that the decoder read in this step.
    pub recorded: Recorded,
}

/// Logits on the host between the halves of a step.
pub struct Scores {
    /// [rows, vocab], after the processors and before the sampling filters; log-probabilities in a beam search. A caller may
    /// change them.
    pub values: Vec<f32>,
    /// What the step will report of its first half.
    pub(super) report: Step,
}
