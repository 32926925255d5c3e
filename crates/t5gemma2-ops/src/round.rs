//! Rounding and magnitudes in forms that compilers vectorise.

/// Added to a number of magnitude below 2²², this leaves it rounded to nearest even in the low bits.
pub(crate) const ROUND: f32 = 12_582_912.0;

/// The nearest integer of a number of magnitude below 2²².
#[inline(always)]
pub(crate) fn round(x: f32) -> i32 {
    (x + ROUND).to_bits() as i32 - ROUND.to_bits() as i32
}

/// The largest magnitude; not finite if any number isn't.
#[inline(always)]
pub(crate) fn largest_magnitude(values: &[f32]) -> f32 {
    // As integers, magnitudes have the same order, with what is not finite at the end of it.
    let magnitudes = values.iter().map(|x| x.to_bits() & 0x7fff_ffff);
    f32::from_bits(magnitudes.fold(0, u32::max))
}
