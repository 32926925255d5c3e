//! How likely a chosen token was, and what else was.

use super::distribution::log_sum_exp;
use super::top;

/// A token and the logarithm of its probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alternative {
    /// Its id.
    pub token: i32,
    /// Natural logarithm; -inf for an impossible token.
    pub logprob: f32,
}

/// The chosen token of a row with its alternatives.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenLogprobs {
    /// What was chosen.
    pub chosen: Alternative,
    /// The likeliest tokens, likeliest first, the chosen one among them if it is one of them.
    pub top: Vec<Alternative>,
}

/// Log-probabilities under the scores of a row: [vocab], the model's own or processed. `count` alternatives, or fewer where
/// the vocabulary is smaller. A token outside of it has -inf.
pub fn logprobs(scores: &[f32], token: i32, count: usize) -> TokenLogprobs {
    let norm = log_sum_exp(scores);
    let score = usize::try_from(token)
        .ok()
        .and_then(|token| scores.get(token))
        .copied();
    let best = top(scores.iter().copied(), count);
    TokenLogprobs {
        chosen: Alternative {
            token,
            logprob: score.map_or(f32::NEG_INFINITY, |score| score - norm),
        },
        top: best
            .into_iter()
            .map(|(token, score)| Alternative {
                token: token as i32,
                logprob: score - norm,
            })
            .collect(),
    }
}
