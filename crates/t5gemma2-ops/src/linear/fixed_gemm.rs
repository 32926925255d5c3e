//! Many rows of `x` times quantised weights, by integers alone within a chunk of columns.
//!
//! Both sides are brought to a scale a row and chunk, in so many bits that the sum of a whole chunk fits 32: weights in 13
//! (32 times finer than a byte of the chunk's largest block), activations in 12.

use core::array::from_fn;
use core::ops::Range;

use super::fixed::{Fixed, factor};
use super::stored_blocks::Blocks;
use crate::Storage;
use crate::cpu::integers::{Shorts, nibble_order};
use crate::cpu::lanes::Lanes;
use crate::cpu::threads::Columns;
use crate::cpu::tiles::{LEFT, PANEL, Packed, Pair, RIGHT, for_tiles, transpose};
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
    match weights.storage {
        Storage::Q8 => gemm_of::<Bytes>(x, weights, rows, out),
        _ => gemm_of::<Nibbles>(x, weights, rows, out),
    }
}

fn gemm_of<W: Weights>(x: &Activations, weights: &Blocks, rows: Range<usize>, out: &mut Columns) {
    let mut panel = Panel::new(x);
    for first in rows.clone().step_by(PANEL) {
        panel.fill::<W>(weights, first..rows.end.min(first + PANEL));
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

/// How weights come out of a block.
trait Weights {
    type Block: bytemuck::AnyBitPattern;
    /// The largest magnitude.
    const LARGEST: f32;
    /// What they are too large by.
    const OFFSET: i16;
    /// Brings them to 15 bits, so that what they are scaled by has as many.
    const SHIFT: u32;

    fn registers(block: &Self::Block) -> [Shorts; 4];
}

struct Bytes;

impl Weights for Bytes {
    type Block = [[i8; 8]; 4];
    const LARGEST: f32 = 127.0;
    const OFFSET: i16 = 0;
    const SHIFT: u32 = 6;

    #[inline(always)]
    fn registers(block: &[[i8; 8]; 4]) -> [Shorts; 4] {
        from_fn(|register| Shorts::bytes(&block[register]))
    }
}

struct Nibbles;

impl Weights for Nibbles {
    type Block = [u8; BLOCK / 2];
    const LARGEST: f32 = 8.0;
    const OFFSET: i16 = 8;
    const SHIFT: u32 = 9;

    #[inline(always)]
    fn registers(block: &[u8; BLOCK / 2]) -> [Shorts; 4] {
        Shorts::nibbles(block)
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

    fn fill<W: Weights>(&mut self, weights: &Blocks, rows: Range<usize>) {
        self.values.resize(rows.len());
        let blocks = self.values.width() * PAIR / BLOCK;
        let mut scales = vec![0.0; RIGHT * blocks];
        for (group, first) in rows.clone().step_by(RIGHT).enumerate() {
            // Of a group that is not whole, its last row again: nobody reads what comes of it.
            let row = |at: usize| (first + at).min(rows.end - 1);
            for (at, scales) in scales.chunks_exact_mut(blocks).enumerate() {
                weights.widen_scales(row(at), scales);
            }
            let rows: [&[W::Block]; RIGHT] = from_fn(|at| &weights.row_blocks(row(at))[..blocks]);
            for (chunk, panel_scales) in self.scales.iter_mut().enumerate() {
                let start = chunk * (CHUNK / BLOCK);
                let of_chunk = start..blocks.min(start + CHUNK / BLOCK);
                let mut factors = [0.0; RIGHT];
                for (at, chunk_factor) in factors.iter_mut().enumerate() {
                    let largest = largest_magnitude(&scales[at * blocks..][of_chunk.clone()]);
                    let (factor, scale) = factor(largest * W::LARGEST, WEIGHT_LIMIT);
                    *chunk_factor = factor * (1 << (15 - W::SHIFT)) as f32;
                    panel_scales[group * RIGHT + at] = scale;
                }
                for block in of_chunk {
                    let factor =
                        |at: usize| round(scales[at * blocks + block] * factors[at]) as i16;
                    let place = block * BLOCK / PAIR;
                    let lanes = self.values.lanes_mut(group, place..place + BLOCK / PAIR);
                    for half in [0, 4] {
                        let registers: [[Shorts; 4]; 4] =
                            from_fn(|at| W::registers(&rows[half + at][block]));
                        for (register, lanes) in lanes.chunks_exact_mut(4).enumerate() {
                            let pairs: [[Pair; 4]; 4] = from_fn(|at| {
                                registers[at][register]
                                    .scaled(W::OFFSET, W::SHIFT, factor(half + at))
                                    .to_pairs()
                            });
                            let columns = transpose(from_fn(|at| &pairs[at]));
                            for (lanes, column) in lanes.iter_mut().zip(&columns) {
                                lanes[half..half + 4].copy_from_slice(column);
                            }
                        }
                    }
                }
            }
        }
    }
}
