//! The choice of a token a row, which moves decoding on.

pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(feature = "wgpu")]
pub(crate) mod wgpu;

use burn::backend::Dispatch;
use burn::tensor::{Int, Tensor};

use crate::backend::Ops;
use crate::dims::Dims;
use crate::sample::Sampling;

/// What a decoding step reads and leaves for the next one, all of it on the device.
#[derive(Debug, Clone)]
pub struct Progress {
    /// `[rows, 1]`: the newest token of each row.
    pub tokens: Tensor<2, Int>,
    /// `[rows, 1]`: its position.
    pub positions: Tensor<2, Int>,
    /// `[1]`: tokens a row, the newest included.
    pub total: Tensor<1, Int>,
    /// `[rows, 2 + slots]`: how many tokens were chosen, whether the row has ended, and in slot `i mod slots` behind that the
    /// token of step i.
    pub history: Tensor<2, Int>,
}

/// What ends rows.
#[derive(Debug, Clone)]
pub struct Ends {
    /// `[ends]`: the tokens that do.
    pub tokens: Tensor<1, Int>,
    /// What a row that has ended is filled with.
    pub filling: i32,
}

/// Take the likeliest token of each row as [`argmax`](crate::argmax) does, or draw one: into `tokens` and `history`; `positions`
/// and `total` count on. With `ends`, a row is filled after the first of them.
///
/// Drawn is, of the tokens that the filters keep, the first in the vocabulary's order at which the sum of their probabilities
/// passes the random number. A row that nothing can be drawn from gets [`NOT_NUMBERS`](crate::NOT_NUMBERS) or
/// [`NO_TOKEN`](crate::NO_TOKEN). Where a sum comes within the rounding of exponentials of a limit, devices may draw another token.
///
/// In place where there are no other handles to the tensors, as a replayed step needs it.
///
/// # Shapes
/// `logits` `[rows, cols]`, and those of [`Progress`] and [`Ends`]
pub fn choose(
    logits: Tensor<2>,
    progress: Progress,
    ends: Option<&Ends>,
    sampling: Option<&Sampling>,
) -> Progress {
    let Progress {
        tokens,
        positions,
        total,
        history,
    } = progress;
    Dims::of("choose")
        .fix("1", 1)
        .tensor("logits", logits.dims(), ["rows", "cols"])
        .tensor("tokens", tokens.dims(), ["rows", "1"])
        .tensor("positions", positions.dims(), ["rows", "1"])
        .tensor("total", total.dims(), ["1"])
        .tensor("history", history.dims(), ["rows", "2 + slots"]);
    let (tokens, positions, total, history) = Dispatch::choose(
        logits.into_dispatch(),
        tokens.into_dispatch(),
        positions.into_dispatch(),
        total.into_dispatch(),
        history.into_dispatch(),
        ends.map(|ends| ends.tokens.clone()).into_iter().collect(),
        ends.map_or(0, |ends| ends.filling),
        sampling.copied(),
    );
    Progress {
        tokens: Tensor::from_dispatch(tokens),
        positions: Tensor::from_dispatch(positions),
        total: Tensor::from_dispatch(total),
        history: Tensor::from_dispatch(history),
    }
}
