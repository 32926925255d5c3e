//! Drawing a token a row, and moving decoding on by it.

pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(feature = "wgpu")]
pub(crate) mod wgpu;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::backend::Ops;
use crate::dims::Dims;
use crate::greedy::{Ends, Progress};

/// In place of a token: a logit was NaN or infinite, so that nothing can be drawn.
pub const NOT_NUMBERS: i32 = -1;
/// In place of a token: every logit was negative infinity.
pub const NO_TOKEN: i32 = -2;

/// How tokens are drawn: transformers' filters in its order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// Of the numbers in [`Random`](crate::Random): a row draws its number 0 of the row and of the tokens chosen before.
    pub seed: u64,
    /// Divides the logits; above 0.
    pub temperature: f32,
    /// Keeps so many of the largest, and those equal to the last of them; 0 keeps all.
    pub top_k: usize,
    /// Keeps the fewest of the likeliest whose probabilities add up to this, of equal ones the last; 1 keeps all.
    pub top_p: f64,
    /// Keeps those at least this many times as likely as the likeliest; 0 keeps all.
    pub min_p: f32,
}

impl Sampling {
    /// The probability that `top_p` leaves out, at the most.
    fn left_out(&self) -> f32 {
        (1.0 - self.top_p) as f32
    }
}

/// Draw a token for each row with the probabilities of those that the filters keep: the first in the vocabulary's order at which
/// their sum passes the random number. Into `tokens` and `history`, as [`greedy`](crate::greedy()) does it.
///
/// A row that nothing can be drawn from gets [`NOT_NUMBERS`] or [`NO_TOKEN`]. Where a sum comes within the rounding of exponentials
/// of a limit, devices may draw another token.
///
/// # Shapes
/// `logits` `[rows, cols]`, and those of [`Progress`] and [`Ends`]
pub fn sample(
    logits: Tensor<2>,
    progress: Progress,
    ends: Option<&Ends>,
    sampling: &Sampling,
) -> Progress {
    let Progress {
        tokens,
        positions,
        total,
        history,
    } = progress;
    Dims::of("sample")
        .fix("1", 1)
        .tensor("logits", logits.dims(), ["rows", "cols"])
        .tensor("tokens", tokens.dims(), ["rows", "1"])
        .tensor("positions", positions.dims(), ["rows", "1"])
        .tensor("total", total.dims(), ["1"])
        .tensor("history", history.dims(), ["rows", "2 + slots"]);
    let (tokens, positions, total, history) = Dispatch::sample(
        logits.into_dispatch(),
        tokens.into_dispatch(),
        positions.into_dispatch(),
        total.into_dispatch(),
        history.into_dispatch(),
        ends.map(|ends| ends.tokens.clone()).into_iter().collect(),
        ends.map_or(0, |ends| ends.filling),
        *sampling,
    );
    Progress {
        tokens: Tensor::from_dispatch(tokens),
        positions: Tensor::from_dispatch(positions),
        total: Tensor::from_dispatch(total),
        history: Tensor::from_dispatch(history),
    }
}
