//! Few rows of `x` times quantised weights: activations in 16 bits a block of 32, integer dot products a block.
//!
//! Products of 8 by 16 bits fit the 32 bits of a block's sums, so the activations cost no accuracy that the weights' own
//! rounding would show.

use core::ops::Range;

use super::fixed::{Fixed, widen_halves};
use super::streams::{STREAMS, streams};
use crate::Storage;
use crate::cpu::integers::{Shorts, Words, nibble_order};
use crate::cpu::lanes::Lanes;
use crate::cpu::threads::Columns;
use crate::matrix::BLOCK;

/// Quantised weights as they are stored: rows of words and rows of scales.
pub(super) struct Blocks<'a> {
    pub storage: Storage,
    pub words: &'a [u32],
    pub scales: &'a [u32],
    pub row_words: usize,
    pub scale_words: usize,
}

impl Blocks<'_> {
    pub fn row(&self, row: usize) -> &[u32] {
        &self.words[row * self.row_words..][..self.row_words]
    }

    /// The scales of a row, one for each of `out`.
    pub fn widen_scales(&self, row: usize, out: &mut [f32]) {
        widen_halves(
            &self.scales[row * self.scale_words..][..self.scale_words],
            out,
        );
    }
}

/// `x` as [`gemv`] takes it.
pub(super) struct Activations {
    fixed: Fixed,
    /// For nibbles, which are 8 too large: -8 times the sum of each block.
    corrections: Vec<[i32; 4]>,
}

impl Activations {
    pub fn new(x: &[f32], cols: usize, storage: Storage) -> Self {
        const LIMIT: f32 = 32767.0;
        if storage == Storage::Q8 {
            return Self {
                fixed: Fixed::new(x, cols, BLOCK, LIMIT, |place| place),
                corrections: Vec::new(),
            };
        }
        let fixed = Fixed::new(x, cols, BLOCK, LIMIT, nibble_order);
        let correction = |block: &[i16]| {
            let sum: i32 = block.iter().map(|&x| i32::from(x)).sum();
            [-8 * sum, 0, 0, 0]
        };
        Self {
            corrections: fixed.values.chunks_exact(BLOCK).map(correction).collect(),
            fixed,
        }
    }
}

/// `out[i, row] = x[i] · weights[row]` for these rows of the weights.
pub(super) fn gemv(x: &Activations, weights: &Blocks, rows: Range<usize>, out: &mut Columns) {
    let blocks = x.fixed.chunks;
    let mut scales = vec![0.0; STREAMS * blocks];
    let mut scaled = vec![0.0; STREAMS * blocks];
    for rows in streams(rows) {
        for (row, scales) in rows.into_iter().zip(scales.chunks_exact_mut(blocks)) {
            weights.widen_scales(row, scales);
        }
        let words = rows.map(|row| weights.row(row));
        for i in 0..x.fixed.values.len() / x.fixed.width {
            let x_scales = x.fixed.row_scales(i);
            for (scaled, scales) in scaled
                .chunks_exact_mut(blocks)
                .zip(scales.chunks_exact(blocks))
            {
                let pairs = scales.iter().zip(x_scales);
                for (scaled, (weight, x)) in scaled.iter_mut().zip(pairs) {
                    *scaled = weight * x;
                }
            }
            out.set(i, rows, dots(x, i, words, weights.storage, &scaled));
        }
    }
}

#[inline(always)]
fn dots(
    x: &Activations,
    i: usize,
    rows: [&[u32]; STREAMS],
    storage: Storage,
    scales: &[f32],
) -> [f32; STREAMS] {
    let blocks = x.fixed.chunks;
    let (values, _) = x.fixed.row(i).as_chunks::<BLOCK>();
    match storage {
        Storage::Q8 => {
            let rows = rows.map(|row| as_blocks::<BLOCK>(row, blocks));
            sum_blocks(values, scales, |block, row, x| {
                let (bytes, _) = rows[row][block].as_chunks::<8>();
                let product = |part: usize| {
                    let bytes: &[i8; 8] = bytemuck::cast_ref(&bytes[part]);
                    Shorts::bytes(bytes).dot(x[part])
                };
                product(0).add(product(1)).add(product(2).add(product(3)))
            })
        }
        _ => {
            let rows = rows.map(|row| as_blocks::<{ BLOCK / 2 }>(row, blocks));
            let corrections = &x.corrections[i * blocks..][..blocks];
            sum_blocks(values, scales, |block, row, x| {
                let nibbles = Shorts::nibbles(&rows[row][block]);
                let product = |part: usize| nibbles[part].dot(x[part]);
                let sum = Words::load(&corrections[block]).add(product(0));
                sum.add(product(1)).add(product(2).add(product(3)))
            })
        }
    }
}

/// A row's bytes by block, cut to `count` blocks.
#[inline(always)]
fn as_blocks<const BYTES: usize>(row: &[u32], count: usize) -> &[[u8; BYTES]] {
    let bytes: &[u8] = bytemuck::cast_slice(row);
    &bytes.as_chunks::<BYTES>().0[..count]
}

/// For each row the sum over the blocks of `product(block, row, x) · scales[row, block]`.
#[inline(always)]
fn sum_blocks(
    values: &[[i16; BLOCK]],
    scales: &[f32],
    product: impl Fn(usize, usize, &[Shorts; 4]) -> Words,
) -> [f32; STREAMS] {
    let blocks = values.len();
    let scales: [&[f32]; STREAMS] = core::array::from_fn(|r| &scales[r * blocks..][..blocks]);
    let mut sums = [Lanes::splat(0.0); STREAMS];
    for (block, x) in values.iter().enumerate() {
        let (x, _) = x.as_chunks::<8>();
        let x: [Shorts; 4] = core::array::from_fn(|part| Shorts::load(&x[part]));
        for (row, sum) in sums.iter_mut().enumerate() {
            let scale = Lanes::splat(scales[row][block]);
            *sum = sum.add_mul(product(block, row, &x).floats(), scale);
        }
    }
    sums.map(Lanes::sum)
}
