//! Tests of integer kernels: what their very integers give.

use core::ops::Range;

use half::f16;

use super::stored_blocks::Blocks;
use crate::Storage;
use crate::cpu::threads::Columns;
use crate::matrix::BLOCK;
use crate::random::Random;
use crate::round::largest_magnitude;

const N: usize = 6;
/// The last block of a row is not whole.
const COLS: usize = 77;
const ROWS: usize = 21;

/// Compare `multiply(x, cols, weights, rows, out)` with exact sums over activations of up to `limit`, for blocks of numbers of all
/// sizes.
pub(super) fn check(
    storage: Storage,
    limit: f32,
    multiply: impl Fn(&[f32], usize, &Blocks, Range<usize>, &mut Columns),
) {
    let number = |at: usize| Random::new(2).uniform(0, at, 0) as f32 - 0.5;
    let x: Vec<f32> = (0..N * COLS)
        .map(|at| number(at) * 10_f32.powi(at as i32 / 32 % 8 - 4))
        .collect();
    let (row_words, scale_words) = (storage.row_words(COLS), storage.scale_words(COLS));
    let words: Vec<u32> = (0..ROWS * row_words)
        .map(|at| {
            let byte = |of| (number(1000 + 4 * at + of) * 254.0) as i8 as u8;
            u32::from_le_bytes([0, 1, 2, 3].map(byte))
        })
        .collect();
    let scales: Vec<u16> = (0..ROWS * scale_words * 2)
        .map(|at| f16::from_f32(number(9000 + at)).to_bits())
        .collect();
    let weights = Blocks {
        storage,
        words: &words,
        scales: bytemuck::cast_slice(&scales),
        row_words,
        scale_words,
    };
    let mut out = [f32::NAN; N * ROWS];
    let mut all = Columns::all(&mut out, ROWS);
    multiply(&x, COLS, &weights, 0..ROWS, &mut all);
    for (at, &got) in out.iter().enumerate() {
        let (x, row) = (&x[at / ROWS * COLS..][..COLS], at % ROWS);
        let (mut exact, mut size) = (0.0, 0.0);
        for (block, x) in x.chunks(BLOCK).enumerate() {
            let scale = f16::from_bits(weights.row_scales(row)[block]).to_f64();
            let step = f64::from(largest_magnitude(x)) / f64::from(limit);
            for (at, &x) in x.iter().enumerate() {
                let weight = match storage {
                    Storage::Q8 => i32::from(weights.row_blocks::<[i8; BLOCK]>(row)[block][at]),
                    _ => {
                        let pair = weights.row_blocks::<[u8; BLOCK / 2]>(row)[block][at % 16];
                        i32::from(pair >> (at / 16 * 4) & 15) - 8
                    }
                };
                let x = (f64::from(x) / step).round_ties_even() * step;
                let product = x * f64::from(weight) * scale;
                exact += product;
                size += product.abs();
            }
        }
        let difference = (f64::from(got) - exact).abs();
        assert!(difference < 1e-6 * size, "{at}: {got}, {exact}");
    }
}
