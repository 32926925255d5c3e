//! Activations as integers, for integer dot products with quantised weights.

use crate::matrix::BLOCK;
use crate::round::{largest_magnitude, round};

/// Rows `[n, cols]` in 16 bits or fewer, a scale a chunk of columns; the last chunk is filled up with zeros to a multiple
/// of 32.
pub(super) struct Fixed {
    /// `[n, width]`.
    pub values: Vec<i16>,
    /// `[n, chunks]`; NaN for a chunk that holds what is not finite.
    pub scales: Vec<f32>,
    /// Columns, filled up.
    pub width: usize,
    /// Chunks a row.
    pub chunks: usize,
}

/// A factor that takes values of up to `largest` to integers of up to `limit`, and its inverse: the scale. Values that are
/// 0 or too small to divide by become 0.
#[inline(always)]
pub(super) fn factor(largest: f32, limit: f32) -> (f32, f32) {
    if largest < 1e-30 {
        (0.0, 0.0)
    } else {
        (limit / largest, largest / limit)
    }
}

/// A block, or what there is of one followed by the zeros of `filled`. A whole one is not copied: of a number that is not
/// constant that would be a call.
#[inline(always)]
pub(super) fn whole_block<'a>(x: &'a [f32], filled: &'a mut [f32; BLOCK]) -> &'a [f32; BLOCK] {
    match x.try_into() {
        Ok(whole) => whole,
        Err(_) => {
            filled[..x.len()].copy_from_slice(x);
            filled
        }
    }
}

impl Fixed {
    /// Rows of `cols` values, each at most `limit` afterwards; `order` says which column of its 32 comes at a place.
    pub fn new(
        x: &[f32],
        cols: usize,
        chunk: usize,
        limit: f32,
        order: impl Fn(usize) -> usize,
    ) -> Self {
        let width = cols.next_multiple_of(32);
        let chunks = width.div_ceil(chunk);
        let n = x.len() / cols;
        let mut values = vec![0; n * width];
        let mut scales = Vec::with_capacity(n * chunks);
        for (x, values) in x.chunks_exact(cols).zip(values.chunks_exact_mut(width)) {
            for (x, values) in x.chunks(chunk).zip(values.chunks_mut(chunk)) {
                let largest = largest_magnitude(x);
                let (factor, scale) = factor(largest, limit);
                scales.push(if largest.is_finite() { scale } else { f32::NAN });
                for (x, values) in x.chunks(32).zip(values.chunks_mut(32)) {
                    let mut filled = [0.0; BLOCK];
                    let x = whole_block(x, &mut filled);
                    let whole: [i16; BLOCK] =
                        core::array::from_fn(|at| round(x[at] * factor) as i16);
                    for (place, value) in values.iter_mut().enumerate() {
                        *value = whole[order(place)];
                    }
                }
            }
        }
        Self {
            values,
            scales,
            width,
            chunks,
        }
    }
}

/// IEEE halves to f32, subnormals too.
pub(super) fn widen_halves(halves: &[u16], out: &mut [f32]) {
    /// Moves an exponent of bias 15 to bias 127.
    const BIAS: u32 = 112 << 23;
    const SMALLEST: u32 = 113 << 23;
    for (out, &half) in out.iter_mut().zip(halves) {
        let magnitude = u32::from(half & 0x7fff) << 13;
        let normal = magnitude + BIAS;
        let subnormal = (f32::from_bits(magnitude + SMALLEST) - f32::from_bits(SMALLEST)).to_bits();
        let magnitude = if magnitude < 1 << 23 {
            subnormal
        } else {
            normal
        };
        *out = f32::from_bits(magnitude | u32::from(half & 0x8000) << 16);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finite_halves_are_widened_exactly() {
        for half in (0..=u16::MAX).filter(|half| half & 0x7c00 != 0x7c00) {
            let mut out = [0.0];
            widen_halves(&[half], &mut out);
            assert_eq!(out[0], half::f16::from_bits(half).to_f32());
        }
    }

    #[test]
    fn chunks_have_scales_of_their_own() {
        let x: Vec<f32> = (0..70).map(|i| if i < 32 { 1.0 } else { -200.0 }).collect();
        let fixed = Fixed::new(&x, 35, 32, 1000.0, |place| place);
        assert_eq!((fixed.width, fixed.chunks), (64, 2));
        assert_eq!(fixed.scales[..2], [0.001, 0.2]);
        assert_eq!(fixed.values[31..36], [1000, -1000, -1000, -1000, 0]);
        assert_eq!(fixed.values[98..101], [-1000, 0, 0]);
        let zeros = Fixed::new(&[0.0; 3], 3, 32, 1000.0, |place| place);
        assert_eq!((zeros.values[0], zeros.scales[0]), (0, 0.0));
        for odd in [f32::NAN, f32::INFINITY] {
            assert!(Fixed::new(&[1.0, odd], 2, 32, 9.0, |place| place).scales[0].is_nan());
        }
    }
}
