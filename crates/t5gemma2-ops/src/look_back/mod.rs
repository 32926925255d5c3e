//! What tokens that have come do to the logits of the next one.

pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(feature = "wgpu")]
pub(crate) mod wgpu;

use burn::backend::Dispatch;
use burn::tensor::{Int, Tensor};

use crate::backend::Ops;
use crate::dims::Dims;

/// transformers' processors that look back at a row's sequence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LookBack {
    /// Tokens of each sequence before the first choice; at least 1.
    pub prompt: usize,
    /// `repetition_penalty`: tokens of the sequence have positive logits divided and negative ones multiplied by it; 1 is none.
    pub penalty: f32,
    /// `no_repeat_ngram_size`: tokens that would complete so many which the sequence already has cannot come; 0 is none.
    pub ngram: usize,
}

/// Add the newest token of each row to its sequence, and change the logits of the next one: first by the penalty, then what
/// may not come to negative infinity, which `words` add to: tokens that would complete one of them.
///
/// In place where there are no other handles to `logits` and `sequence`, as a replayed step needs it.
///
/// # Shapes
/// `logits` `[rows, cols]`, `sequence` `[rows, room]` with the prompt at first, and room for all steps; `history`
/// `[rows, 2 + slots]` as [`Progress`](crate::Progress) has it; `words` `[count, 1 + length]`, each row a word's length and its
/// tokens
pub fn look_back(
    logits: Tensor<2>,
    sequence: Tensor<2, Int>,
    history: &Tensor<2, Int>,
    words: Option<&Tensor<2, Int>>,
    rules: LookBack,
) -> (Tensor<2>, Tensor<2, Int>) {
    let dims = Dims::of("look_back")
        .tensor("logits", logits.dims(), ["rows", "cols"])
        .tensor("sequence", sequence.dims(), ["rows", "room"])
        .tensor("history", history.dims(), ["rows", "2 + slots"]);
    if let Some(words) = words {
        dims.tensor("words", words.dims(), ["count", "1 + length"]);
    }
    let (logits, sequence) = Dispatch::look_back(
        logits.into_dispatch(),
        sequence.into_dispatch(),
        history.clone().into_dispatch(),
        words.cloned().into_iter().collect(),
        rules,
    );
    (
        Tensor::from_dispatch(logits),
        Tensor::from_dispatch(sequence),
    )
}
