//! What happens between a decoder's logits and the choice of a token: processors, sampling filters, the choice itself and
//! its log-probabilities. Host code on `f32` rows. Names, order, defaults and arithmetic are those of transformers 5.23.
//!
//! [`LogitsPipeline`] is made once a generation and applied at each step; then [`greedy`], [`Sampler`] or
//! [`crate::beams::BeamSearch`] choose.

mod bias;
mod distribution;
mod entropy;
mod invalid;
mod length;
mod logprobs;
mod ngrams;
mod number;
mod options;
mod order;
mod pipeline;
mod repetition;
mod sampler;
mod selection;
mod suppress;
#[cfg(test)]
pub(crate) mod tests;
mod truncation;
mod urn;
mod watermark;

pub use bias::SequenceBiases;
pub use distribution::log_softmax;
pub use logprobs::{Alternative, TokenLogprobs, logprobs};
pub use options::LogitsOptions;
pub use pipeline::{LogitsContext, LogitsPipeline};
pub use sampler::{Sampler, greedy};
pub use watermark::{SeedingScheme, Watermarking};

pub(crate) use order::top;
pub(crate) use t5gemma2_ops::Random;
pub(crate) use urn::{Urn, no_token, not_numbers};

/// Where a row of logits stands.
struct Row<'a> {
    /// Of the rows given to [`LogitsPipeline::apply`].
    index: usize,
    /// Everything the decoder has been fed and has generated in this row, padding of the prompt included.
    sequence: &'a [i32],
}

/// Changes the scores of one row in place: [vocab].
trait Processor: std::fmt::Debug {
    fn process(&self, row: &Row<'_>, scores: &mut [f32]);
}

/// Set the scores of these tokens; tokens outside of the vocabulary have none.
pub(crate) fn fill(scores: &mut [f32], tokens: &[i32], value: f32) {
    for &token in tokens {
        if let Some(score) = usize::try_from(token)
            .ok()
            .and_then(|token| scores.get_mut(token))
        {
            *score = value;
        }
    }
}
