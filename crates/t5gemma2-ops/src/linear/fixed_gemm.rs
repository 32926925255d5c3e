//! Many rows of `x` times quantised weights, by integers alone within a chunk of columns.
//!
//! Both sides are brought to a scale a row and chunk, in so many bits that the sum of a whole chunk fits 32: weights in 13
//! (32 times finer than a byte of the chunk's largest block), activations in 12.

use core::ops::Range;

use super::fixed::{Fixed, factor};
use super::stored_blocks::Blocks;
use crate::Storage;
use crate::cpu::integers::{Shorts, nibble_order};
use crate::cpu::lanes::Lanes;
use crate::cpu::threads::Columns;
use crate::cpu::tiles::{LEFT, PANEL, Packed, Pair, RIGHT, for_tiles};
use crate::matrix::BLOCK;
use crate::round::{largest_magnitude, round};

/// Columns that are summed as integers: 256 · 4095 · 2047 is below 2³¹.
const CHUNK: usize = 256;
const WEIGHT_LIMIT: f32 = 4095.0;
const X_LIMIT: f32 = 2047.0;
/// Columns a lane.
const PAIR: usize = 2;

/// `x` as [`gemm`] takes it.
pub(super) struct Activations {
    values: Packed<Pair, LEFT>,
    /// `[n, chunks]`
    scales: Vec<f32>,
    chunks: usize,
}

impl Activations {
    /// Of `x` `[n, cols]`, for weights in this storage.
    pub fn new(x: &[f32], cols: usize, storage: Storage) -> Self {
        let fixed = if storage == Storage::Q8 {
            Fixed::new(x, cols, CHUNK, X_LIMIT, |place| place)
        } else {
            Fixed::new(x, cols, CHUNK, X_LIMIT, nibble_order)
        };
        let width = fixed.width / PAIR;
        let size = [x.len() / cols, width];
        Self {
            values: Packed::of_rows(fixed.values.as_chunks().0, size, width),
            scales: fixed.scales,
            chunks: fixed.chunks,
        }
    }
}

/// `out[i, row] = x[i] · weights[row]` for these rows of the weights.
pub(super) fn gemm(x: &Activations, weights: &Blocks, rows: Range<usize>, out: &mut Columns) {
    let mut panel = Panel::new(x);
    for first in rows.clone().step_by(PANEL) {
        panel.fill(weights, first..rows.end.min(first + PANEL));
        for_tiles(&x.values, &panel.values, CHUNK / PAIR, |tile, sums| {
            let scales = &panel.scales[tile.chunk][tile.right..][..RIGHT];
            let (scales, _) = scales.as_chunks::<4>();
            for (row, sums) in sums.into_iter().take(tile.left_rows).enumerate() {
                let x_scale = Lanes::splat(x.scales[(tile.left + row) * x.chunks + tile.chunk]);
                let value = |half: usize| {
                    let scales = Lanes::load(&scales[half]).mul(x_scale);
                    sums[half].floats().mul(scales)
                };
                tile.put(out, first, row, [value(0), value(1)]);
            }
        });
    }
}

/// Weight rows unpacked: they stay in a first- or second-level cache while all of `x` passes.
struct Panel {
    values: Packed<Pair, RIGHT>,
    /// A chunk each.
    scales: Vec<[f32; PANEL]>,
}

impl Panel {
    fn new(x: &Activations) -> Self {
        Self {
            values: Packed::new(PANEL, x.values.width()),
            scales: vec![[0.0; PANEL]; x.chunks],
        }
    }

    fn fill(&mut self, weights: &Blocks, rows: Range<usize>) {
        self.values.resize(rows.len());
        let blocks = self.values.width() * PAIR / BLOCK;
        let block_bytes = weights.row_words * 4 / blocks;
        let mut block_scales = vec![0.0; rows.len() * blocks];
        for (row, scales) in rows.clone().zip(block_scales.chunks_exact_mut(blocks)) {
            weights.widen_scales(row, scales);
        }
        let mut unpacked = [[[0; BLOCK]; CHUNK / BLOCK]; PANEL];
        for (chunk, scales) in self.scales.iter_mut().enumerate() {
            let first = chunk * (CHUNK / BLOCK);
            let of_chunk = first..blocks.min(first + CHUNK / BLOCK);
            for ((r, row), out) in rows.clone().enumerate().zip(&mut *scales) {
                let scales = &block_scales[r * blocks..][of_chunk.clone()];
                let bytes: &[u8] = bytemuck::cast_slice(weights.row(row));
                let bytes = bytes[first * block_bytes..].chunks_exact(block_bytes);
                *out = unpack(weights.storage, bytes, scales, &mut unpacked[r]);
            }
            let places = first * BLOCK / PAIR..of_chunk.end * BLOCK / PAIR;
            self.values
                .set_rows(places, |r| unpacked[r].as_flattened().as_chunks().0);
        }
    }
}

/// One row's blocks of a chunk, in the order in which they are stored; returns their scale.
fn unpack<'a>(
    storage: Storage,
    bytes: impl Iterator<Item = &'a [u8]>,
    scales: &[f32],
    out: &mut [[i16; BLOCK]],
) -> f32 {
    /// `offset` is what they are too large by; `shift` brings them to 15 bits, so that the factor has as many.
    struct Stored {
        largest: f32,
        offset: i16,
        shift: u32,
    }
    let stored = match storage {
        Storage::Q8 => Stored {
            largest: 127.0,
            offset: 0,
            shift: 6,
        },
        _ => Stored {
            largest: 8.0,
            offset: 8,
            shift: 9,
        },
    };
    let largest = largest_magnitude(scales);
    let (factor, scale) = factor(largest * stored.largest, WEIGHT_LIMIT);
    let factor = factor * (1 << (15 - stored.shift)) as f32;
    for ((bytes, scale), out) in bytes.zip(scales).zip(out) {
        let factor = round(scale * factor) as i16;
        let (out, _) = out.as_chunks_mut::<8>();
        let mut put = |register: usize, x: Shorts| {
            x.scaled(stored.offset, stored.shift, factor)
                .store(&mut out[register]);
        };
        if let Ok(nibbles) = <&[u8; BLOCK / 2]>::try_from(bytes) {
            Shorts::nibbles(nibbles)
                .into_iter()
                .enumerate()
                .for_each(|(at, x)| put(at, x));
        } else {
            let (bytes, _) = bytes.as_chunks::<8>();
            bytes
                .iter()
                .enumerate()
                .for_each(|(at, x)| put(at, Shorts::bytes(bytemuck::cast_ref(x))));
        }
    }
    scale
}
