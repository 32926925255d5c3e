//! How a token is drawn (see [`choose`](crate::choose())).

pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(feature = "wgpu")]
pub(crate) mod wgpu;

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
