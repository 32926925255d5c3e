//! Many rows of `x` times quantised weights, by integers alone within a chunk of columns.
//!
//! Both sides are brought to a scale a row and chunk, in so many bits that the sum of a whole chunk fits 32: weights in 13
//! (32 times finer than a byte of the chunk's largest block), activations in 12.

use core::ops::Range;

use super::fixed::{Fixed, factor};
use super::fixed_gemv::Blocks;
use crate::Storage;
use crate::cpu::integers::{Shorts, Words};
use crate::cpu::threads::Columns;
use crate::matrix::BLOCK;
use crate::round::round;

/// Columns that are summed as integers: 256 · 4095 · 2047 is below 2³¹.
const CHUNK: usize = 256;
const WEIGHT_LIMIT: f32 = 4095.0;
const X_LIMIT: f32 = 2047.0;

/// Weight rows unpacked at once: they stay in a first- or second-level cache while all of `x` passes.
pub(super) const PANEL: usize = 16;
/// Rows of `x` and of the weights in a tile: 8 sums, and what they are made of, fit 16 registers.
const TILE_X: usize = 4;
const TILE_WEIGHTS: usize = 2;

/// `x` `[n, cols]` as [`gemm`] takes it.
pub(super) fn activations(x: &[f32], cols: usize) -> Fixed {
    Fixed::new(x, cols, CHUNK, X_LIMIT, |place| place)
}

/// `out[i, row] = x[i] · weights[row]` for these rows of the weights; `out` holds zeros before.
pub(super) fn gemm(x: &Fixed, weights: &Blocks, rows: Range<usize>, out: &mut Columns) {
    let n = x.values.len() / x.width;
    let mut panel = Panel::new(x.width, x.chunks);
    for first in rows.clone().step_by(PANEL) {
        let size = PANEL.min(rows.end - first);
        panel.fill(weights, first, size);
        for chunk in 0..x.chunks {
            for_tiles(n, TILE_X, |i, x_rows| {
                for_tiles(size, TILE_WEIGHTS, |r, weight_rows| {
                    let at = Tile {
                        chunk,
                        i,
                        r,
                        column: first + r,
                    };
                    match (x_rows, weight_rows) {
                        (TILE_X, TILE_WEIGHTS) => tile::<TILE_X, TILE_WEIGHTS>(x, &panel, &at, out),
                        (TILE_X, _) => tile::<TILE_X, 1>(x, &panel, &at, out),
                        (_, TILE_WEIGHTS) => tile::<1, TILE_WEIGHTS>(x, &panel, &at, out),
                        _ => tile::<1, 1>(x, &panel, &at, out),
                    }
                });
            });
        }
    }
}

/// Where a tile lies.
struct Tile {
    chunk: usize,
    /// Row of `x`.
    i: usize,
    /// Row of the panel.
    r: usize,
    /// Column of the output.
    column: usize,
}

/// Whole tiles of `size`, then single rows.
#[inline(always)]
fn for_tiles(count: usize, size: usize, mut f: impl FnMut(usize, usize)) {
    let whole = count / size * size;
    for first in (0..whole).step_by(size) {
        f(first, size);
    }
    for first in whole..count {
        f(first, 1);
    }
}

/// Adds the products of one chunk to `X` x `W` outputs.
#[inline(always)]
fn tile<const X: usize, const W: usize>(x: &Fixed, panel: &Panel, at: &Tile, out: &mut Columns) {
    let &Tile {
        chunk,
        i,
        r,
        column,
    } = at;
    let columns = chunk * CHUNK..x.width.min((chunk + 1) * CHUNK);
    let xs: [&[[i16; 8]]; X] =
        core::array::from_fn(|k| x.row(i + k)[columns.clone()].as_chunks().0);
    let length = xs[0].len();
    let xs = xs.map(|x| &x[..length]);
    let ws: [&[[i16; 8]]; W] = core::array::from_fn(|k| {
        &panel.values[(r + k) * x.width..][columns.clone()]
            .as_chunks()
            .0[..length]
    });
    let mut sums = [[Words::load(&[0; 4]); W]; X];
    for at in 0..length {
        let w: [Shorts; W] = core::array::from_fn(|k| Shorts::load(&ws[k][at]));
        for (sums, x) in sums.iter_mut().zip(&xs) {
            let x = Shorts::load(&x[at]);
            for (sum, &w) in sums.iter_mut().zip(&w) {
                *sum = sum.add(x.dot(w));
            }
        }
    }
    for (k, sums) in sums.iter().enumerate() {
        let x_scale = x.row_scales(i + k)[chunk];
        for ((l, sum), out) in sums.iter().enumerate().zip(out.row(i + k, column, W)) {
            let scale = x_scale * panel.scales[(r + l) * x.chunks + chunk];
            *out += sum.sum() as f32 * scale;
        }
    }
}

/// Weight rows unpacked.
struct Panel {
    /// `[PANEL, width]`.
    values: Vec<i16>,
    /// `[PANEL, chunks]`.
    scales: Vec<f32>,
    width: usize,
    chunks: usize,
    /// The scales of one row's blocks.
    blocks: Vec<f32>,
}

impl Panel {
    fn new(width: usize, chunks: usize) -> Self {
        Self {
            values: vec![0; PANEL * width],
            scales: vec![0.0; PANEL * chunks],
            width,
            chunks,
            blocks: vec![0.0; width / BLOCK],
        }
    }

    fn fill(&mut self, weights: &Blocks, first: usize, rows: usize) {
        let largest_integer = if weights.storage == Storage::Q8 {
            127.0
        } else {
            8.0
        };
        for r in 0..rows {
            weights.widen_scales(first + r, &mut self.blocks);
            let bytes: &[u8] = bytemuck::cast_slice(weights.row(first + r));
            let block_bytes = bytes.len() / self.blocks.len();
            let values = &mut self.values[r * self.width..][..self.width];
            let (values, _) = values.as_chunks_mut::<BLOCK>();
            let chunks = self.blocks.chunks(CHUNK / BLOCK).zip(
                values
                    .chunks_mut(CHUNK / BLOCK)
                    .zip(bytes.chunks(CHUNK / BLOCK * block_bytes)),
            );
            let scales = &mut self.scales[r * self.chunks..][..self.chunks];
            for ((scales, (values, bytes)), out) in chunks.zip(scales) {
                let largest = scales.iter().fold(0.0_f32, |max, x| max.max(x.abs()));
                let (factor, scale) = factor(largest * largest_integer, WEIGHT_LIMIT);
                *out = scale;
                let blocks = values.iter_mut().zip(bytes.chunks_exact(block_bytes));
                for ((values, bytes), scale) in blocks.zip(scales) {
                    unpack(weights.storage, bytes, scale * factor, values);
                }
            }
        }
    }
}

#[inline(always)]
fn unpack(storage: Storage, bytes: &[u8], factor: f32, out: &mut [i16; BLOCK]) {
    if storage == Storage::Q8 {
        for (out, &byte) in out.iter_mut().zip(bytes) {
            *out = round(f32::from(byte as i8) * factor) as i16;
        }
    } else {
        let (low, high) = out.split_at_mut(BLOCK / 2);
        for ((low, high), &byte) in low.iter_mut().zip(high).zip(bytes) {
            *low = round((f32::from(byte & 15) - 8.0) * factor) as i16;
            *high = round((f32::from(byte >> 4) - 8.0) * factor) as i16;
        }
    }
}
