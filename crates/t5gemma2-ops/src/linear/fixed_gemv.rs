//! Few rows of `x` times quantised weights: activations as integers with a scale a block of 32, integer products a block.
//!
//! Activations have 16 times as many steps as their block's weights, or more, so that they cost no accuracy that the weights'
//! own rounding would show.

use core::array::from_fn;
use core::ops::Range;

use super::fixed::{factor, whole_block};
use super::stored_blocks::Blocks;
use super::streams::{STREAMS, streams};
use crate::cpu::lanes::{Lanes, TINY_HALF};
use crate::cpu::products::Products;
use crate::cpu::threads::Columns;
use crate::matrix::BLOCK;
use crate::round::{largest_magnitude, round};

/// `x` as [`gemv`] takes it.
pub(super) struct Activations<P> {
    /// `[n, blocks]`
    products: Vec<P>,
    /// `[n, blocks]`, times [`TINY_HALF`], of the row's factor; NaN for a block that holds what is not finite.
    scales: Vec<f32>,
    /// `[n]`, so that no scale is too large for f32.
    factors: Vec<f32>,
    /// Blocks a row.
    blocks: usize,
}

impl<P: Products> Activations<P> {
    /// Of `x` `[n, cols]`.
    pub fn new(x: &[f32], cols: usize) -> Self {
        let blocks = cols.div_ceil(BLOCK);
        let mut products = Vec::with_capacity(x.len() / cols * blocks);
        let mut scales = Vec::with_capacity(products.capacity());
        let mut factors = Vec::with_capacity(x.len() / cols);
        for x in x.chunks_exact(cols) {
            let first = scales.len();
            for x in x.chunks(BLOCK) {
                let largest = largest_magnitude(x);
                let (factor, scale) = factor(largest, P::LIMIT);
                scales.push(if largest.is_finite() { scale } else { f32::NAN });
                let mut filled = [0.0; BLOCK];
                let x = whole_block(x, &mut filled);
                products.push(P::new(from_fn(|at| round(x[at] * factor))));
            }
            let scales = &mut scales[first..];
            // No scale has a sign, and the number that is NaN is the largest of all as an integer.
            let largest = largest_magnitude(scales);
            let divisor = if largest > 0.0 { largest } else { 1.0 };
            scales
                .iter_mut()
                .for_each(|scale| *scale = *scale / divisor * TINY_HALF);
            factors.push(divisor / P::UNIT);
        }
        Self {
            products,
            scales,
            factors,
            blocks,
        }
    }
}

/// `out[i, row] = x[i] · weights[row]` for these rows of the weights.
pub(super) fn gemv<P: Products>(
    x: &Activations<P>,
    weights: &Blocks,
    rows: Range<usize>,
    out: &mut Columns,
) {
    let blocks = x.blocks;
    let mut scaled = vec![0.0; STREAMS * blocks];
    for rows in streams(rows) {
        for (i, factor) in x.factors.iter().enumerate() {
            let x_scales = &x.scales[i * blocks..][..blocks];
            for (row, scaled) in rows.into_iter().zip(scaled.chunks_exact_mut(blocks)) {
                scale(weights.row_scales(row), x_scales, scaled);
            }
            let x = &x.products[i * blocks..][..blocks];
            let rows_blocks = from_fn(|stream| weights.row_blocks(rows[stream]));
            let sums = sums(x, rows_blocks, &scaled);
            out.set(i, rows, from_fn(|stream| sums[stream].sum() * factor));
        }
    }
}

/// The products of weights' scales, which are halves, with those of `x`.
#[inline(always)]
fn scale(halves: &[u16], x_scales: &[f32], out: &mut [f32]) {
    let (quads, tail) = out.as_chunks_mut::<4>();
    let done = quads.len() * 4;
    let (half_quads, _) = halves.as_chunks::<4>();
    let (x_quads, _) = x_scales.as_chunks::<4>();
    for ((out, halves), x) in quads.iter_mut().zip(half_quads).zip(x_quads) {
        Lanes::tiny_halves(halves).mul(Lanes::load(x)).store(out);
    }
    for (at, out) in (done..).zip(tail) {
        let mut tiny = [0.0; 4];
        Lanes::tiny_halves(&[halves[at]; 4]).store(&mut tiny);
        *out = tiny[0] * x_scales[at];
    }
}

/// For each row the sum over the blocks of `x[block] · rows[block] · scales[row, block]`.
#[inline(always)]
fn sums<P: Products>(x: &[P], rows: [&[P::Weights]; STREAMS], scales: &[f32]) -> [Lanes; STREAMS] {
    let blocks = x.len();
    let rows: [_; STREAMS] = from_fn(|r| &rows[r][..blocks]);
    let scales: [_; STREAMS] = from_fn(|r| &scales[r * blocks..][..blocks]);
    let mut sums = [Lanes::splat(0.0); STREAMS];
    for (block, x) in x.iter().enumerate() {
        for (row, sum) in sums.iter_mut().enumerate() {
            let scale = Lanes::splat(scales[row][block]);
            *sum = sum.add_mul(x.sums(&rows[row][block]).floats(), scale);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use half::f16;

    use super::*;
    use crate::Storage;
    use crate::cpu::products::{ForBytes, ForNibbles};
    use crate::linear::exact;

    fn check<P: Products>(storage: Storage) {
        exact::check(storage, P::LIMIT, |x, cols, weights, rows, out| {
            let x = Activations::<P>::new(x, cols);
            gemv(&x, weights, rows, out);
        });
    }

    #[test]
    fn bytes_by_their_integers() {
        check::<ForBytes>(Storage::Q8);
    }

    #[test]
    fn nibbles_by_their_integers() {
        check::<ForNibbles>(Storage::Q4);
    }

    #[test]
    fn what_is_not_finite_is_not_a_number() {
        for odd in [f32::NAN, f32::INFINITY] {
            let activations = Activations::<ForBytes>::new(&[1.0, odd, 0.0, 2.0], 2);
            let weights = Blocks {
                storage: Storage::Q8,
                words: &[0x0101_0101; 8],
                scales: &[0x3c00],
                row_words: 8,
                scale_words: 1,
            };
            let mut out = [0.0; 2];
            gemv(&activations, &weights, 0..1, &mut Columns::all(&mut out, 1));
            assert!(out[0].is_nan() && (out[1] - 2.0).abs() < 1e-6);
        }
    }

    #[test]
    fn halves_become_scales() {
        let halves: Vec<u16> = (0..=u16::MAX)
            .filter(|half| half & 0x7c00 != 0x7c00)
            .collect();
        let mut out = vec![0.0; halves.len()];
        scale(&halves, &vec![TINY_HALF; halves.len()], &mut out);
        for (half, out) in halves.into_iter().zip(out) {
            assert_eq!(out, f16::from_bits(half).to_f32());
        }
    }
}
