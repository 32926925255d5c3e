//! Beam search: which continuations of which beams to keep. Host code that knows nothing of models or processors.
//!
//! A step: make log-probabilities of the running beams' logits ([`crate::logits::log_softmax`]), process them, hand them to
//! [`BeamSearch::step`], feed its tokens to the decoder with its cache rows reordered by its sources. The search is that of
//! transformers 5.23, its constants and its rounding included.

mod options;
mod output;
mod search;
#[cfg(test)]
mod tests;

pub use options::{BeamOptions, EarlyStopping};
pub use output::BeamOutput;
pub use search::{BeamSearch, BeamStep};

/// What transformers takes for "worse than any score": not -inf, so that such beams still have an order.
const WORST: f32 = -1.0e9;

/// Tokens and how they came about.
#[derive(Debug, Clone, PartialEq)]
struct Beam {
    /// Prompt included.
    tokens: Vec<i32>,
    /// For each new token, the row of logits it was chosen from: batch index * num_beams + beam.
    rows: Vec<i32>,
    /// Sum of log-probabilities while it runs; once it is finished, over its divisor.
    score: f32,
}
