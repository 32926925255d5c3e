//! Rounding that compilers vectorise.

/// Added to a number of magnitude below 2²², this leaves it rounded to nearest even in the low bits.
const ROUND: f32 = 12_582_912.0;

/// The nearest integer of a number of magnitude below 2²².
#[inline(always)]
pub(crate) fn round(x: f32) -> i32 {
    (x + ROUND).to_bits() as i32 - ROUND.to_bits() as i32
}
