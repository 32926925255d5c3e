//! Many rows of `x` times weights of 4 bits where instructions multiply bytes: activations in 8 bits, a scale a block of 32
//! on either side.

use core::ops::Range;

use super::fixed::{factor, whole_block};
use super::stored_blocks::Blocks;
use crate::cpu::lanes::Lanes;
use crate::cpu::threads::Columns;
use crate::cpu::tiles::quads::{
    Begin, LeftQuads, QUADS, RightQuads, block_sums, set_left, set_right,
};
use crate::cpu::tiles::{LEFT, PANEL, RIGHT, set_columns};
use crate::matrix::BLOCK;
use crate::round::largest_magnitude;

/// The largest magnitude of an activation.
const LIMIT: f32 = 127.0;

/// `x` as [`gemm`] takes it: groups of [`LEFT`] rows, the last one filled up with zeros.
pub(super) struct Activations {
    /// `[groups, blocks]`, as what follows.
    quads: Vec<LeftQuads>,
    begins: Vec<Begin>,
    scales: Vec<[f32; LEFT]>,
    /// Blocks a row.
    blocks: usize,
    rows: usize,
}

impl Activations {
    /// Of `x` `[n, cols]`.
    pub fn new(x: &[f32], cols: usize) -> Self {
        let (rows, blocks) = (x.len() / cols, cols.div_ceil(BLOCK));
        let all = rows.div_ceil(LEFT) * blocks;
        let mut packed = Self {
            quads: vec![[[[0; 4]; LEFT]; QUADS]; all],
            begins: vec![[[0; 2]; LEFT]; all],
            scales: vec![[0.0; LEFT]; all],
            blocks,
            rows,
        };
        for (row, x) in x.chunks_exact(cols).enumerate() {
            for (block, x) in x.chunks(BLOCK).enumerate() {
                packed.set(row, block, x);
            }
        }
        packed
    }

    fn set(&mut self, row: usize, block: usize, x: &[f32]) {
        let (at, row) = (row / LEFT * self.blocks + block, row % LEFT);
        let largest = largest_magnitude(x);
        let (factor, scale) = factor(largest, LIMIT);
        self.scales[at][row] = if largest.is_finite() { scale } else { f32::NAN };
        let mut filled = [0.0; BLOCK];
        let x = whole_block(x, &mut filled);
        let [a, b, c, d] = set_left(&mut self.quads[at], row, x, factor);
        self.begins[at][row] = [-8 * (a + b) as i16, -8 * (c + d) as i16];
    }
}

/// `out[i, row] = x[i] · weights[row]` for these rows of the weights.
pub(super) fn gemm(x: &Activations, weights: &Blocks, rows: Range<usize>, out: &mut Columns) {
    let blocks = x.blocks;
    let mut panel = Panel::new(blocks);
    for first in rows.clone().step_by(PANEL) {
        panel.fill(weights, first..rows.end.min(first + PANEL));
        let groups = x
            .quads
            .chunks_exact(blocks)
            .zip(x.begins.chunks_exact(blocks));
        let groups = groups.zip(x.scales.chunks_exact(blocks));
        for (group, ((left, begins), scales)) in groups.enumerate() {
            let panels = panel
                .quads
                .chunks_exact(blocks)
                .zip(panel.scales.chunks_exact(blocks));
            for (column, (right, right_scales)) in (first..rows.end).step_by(RIGHT).zip(panels) {
                let mut sums = [[Lanes::splat(0.0); 2]; LEFT];
                for block in 0..blocks {
                    let products = block_sums(&left[block], &begins[block], &right[block]);
                    let (of_right, _) = right_scales[block].as_chunks::<4>();
                    for row in 0..LEFT {
                        let scale = Lanes::splat(scales[block][row]);
                        for half in 0..2 {
                            let scale = Lanes::load(&of_right[half]).mul(scale);
                            let product = products[row][half].floats();
                            sums[row][half] = sums[row][half].add_mul(product, scale);
                        }
                    }
                }
                for (row, sums) in (group * LEFT..x.rows).zip(sums) {
                    let count = RIGHT.min(rows.end - column);
                    set_columns(out.row(row, column, count), sums);
                }
            }
        }
    }
}

/// Weight rows unpacked: they stay in a first-level cache while all of `x` passes.
struct Panel {
    /// `[PANEL / RIGHT, blocks]`, as what follows.
    quads: Vec<RightQuads>,
    scales: Vec<[f32; RIGHT]>,
    blocks: usize,
}

impl Panel {
    fn new(blocks: usize) -> Self {
        let all = PANEL / RIGHT * blocks;
        Self {
            quads: vec![[[[0; 4]; RIGHT]; QUADS]; all],
            scales: vec![[0.0; RIGHT]; all],
            blocks,
        }
    }

    fn fill(&mut self, weights: &Blocks, rows: Range<usize>) {
        let mut row_scales = vec![0.0; self.blocks];
        let groups = self.quads.chunks_exact_mut(self.blocks);
        let groups = groups.zip(self.scales.chunks_exact_mut(self.blocks));
        for (first, (quads, scales)) in rows.clone().step_by(RIGHT).zip(groups) {
            // Of a group that is not whole, its last row again: nobody reads what comes of it.
            let row = |at: usize| (first + at).min(rows.end - 1);
            for at in 0..RIGHT {
                weights.widen_scales(row(at), &mut row_scales);
                for (scales, scale) in scales.iter_mut().zip(&row_scales) {
                    scales[at] = *scale;
                }
            }
            let rows: [&[[u8; BLOCK / 2]]; RIGHT] =
                core::array::from_fn(|at| weights.row_blocks(row(at)));
            for (block, quads) in quads.iter_mut().enumerate() {
                set_right(quads, core::array::from_fn(|at| &rows[at][block]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Storage;
    use crate::linear::exact;

    #[test]
    fn products_of_their_integers() {
        exact::check(Storage::Q4, LIMIT, |x, cols, weights, rows, out| {
            let x = Activations::new(x, cols);
            gemm(&x, weights, rows, out);
        });
    }
}
