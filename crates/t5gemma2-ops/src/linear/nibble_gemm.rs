//! Many rows of `x` times weights of 4 bits where instructions multiply bytes: activations in 8 bits, a scale a block of 32
//! on either side.

use core::ops::Range;

use super::fixed::factor;
use super::stored_blocks::Blocks;
use crate::cpu::lanes::Lanes;
use crate::cpu::threads::Columns;
use crate::cpu::tiles::quads::{Begin, LeftQuads, QUADS, RightQuads, block_sums, set_right};
use crate::cpu::tiles::{LEFT, PANEL, RIGHT};
use crate::matrix::BLOCK;
use crate::round::{largest_magnitude, round};

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
        let mut whole = [0.0; BLOCK];
        whole[..x.len()].copy_from_slice(x);
        let whole: [i8; BLOCK] = core::array::from_fn(|at| round(whole[at] * factor) as i8);
        let mut sums = [0; 2];
        for (quads, quad) in self.quads[at].iter_mut().zip(whole.as_chunks::<4>().0) {
            quads[row] = *quad;
            let [a, b, c, d] = quad.map(i16::from);
            sums[0] += a + b;
            sums[1] += c + d;
        }
        self.begins[at][row] = sums.map(|sum| -8 * sum);
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
                    let mut values = [[0.0; 4]; 2];
                    sums[0].store(&mut values[0]);
                    sums[1].store(&mut values[1]);
                    let count = RIGHT.min(rows.end - column);
                    out.row(row, column, count)
                        .copy_from_slice(&values.as_flattened()[..count]);
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
    use half::f16;

    use super::*;
    use crate::Storage;
    use crate::random::Random;

    #[test]
    fn products_of_their_integers() {
        const N: usize = 6;
        const COLS: usize = 77;
        const ROWS: usize = 21;
        let number = |at: usize| Random::new(3).uniform(0, at, 0) as f32 - 0.5;
        let x: Vec<f32> = (0..N * COLS).map(number).collect();
        let (row_words, scale_words) = (Storage::Q4.row_words(COLS), Storage::Q4.scale_words(COLS));
        let words: Vec<u32> = (0..ROWS * row_words)
            .map(|at| (Random::new(4).uniform(0, at, 0) * 4294967296.0) as u32)
            .collect();
        let scales: Vec<u16> = (0..ROWS * scale_words * 2)
            .map(|at| f16::from_f32(number(9000 + at)).to_bits())
            .collect();
        let weights = Blocks {
            storage: Storage::Q4,
            words: &words,
            scales: bytemuck::cast_slice(&scales),
            row_words,
            scale_words,
        };
        let mut out = [f32::NAN; N * ROWS];
        let activations = Activations::new(&x, COLS);
        gemm(
            &activations,
            &weights,
            0..ROWS,
            &mut Columns::all(&mut out, ROWS),
        );
        for (at, &got) in out.iter().enumerate() {
            let (x, row) = (&x[at / ROWS * COLS..][..COLS], at % ROWS);
            let (mut exact, mut size) = (0.0, 0.0);
            for (block, x) in x.chunks(BLOCK).enumerate() {
                let scale = f16::from_bits(weights.row_scales(row)[block]).to_f64();
                let bytes: &[u8; 16] = &weights.row_blocks(row)[block];
                let step = f64::from(largest_magnitude(x)) / f64::from(LIMIT);
                for (at, &x) in x.iter().enumerate() {
                    let nibble = i32::from(bytes[at % 16] >> (at / 16 * 4) & 15) - 8;
                    let x = (f64::from(x) / step).round_ties_even() * step;
                    let product = x * f64::from(nibble) * scale;
                    exact += product;
                    size += product.abs();
                }
            }
            assert!(
                (f64::from(got) - exact).abs() < 1e-6 * size,
                "{at}: {got}, {exact}"
            );
        }
    }
}
