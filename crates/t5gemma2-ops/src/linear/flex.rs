//! Linear layers on the CPU.
//!
//! Few rows of `x`: dot products straight over the stored weights, four weight rows at a time so that each load of `x`
//! serves four of them. Many rows: panels of weights, widened when they are packed, through flex's matrix multiplication.
//! Quantised weights go by integers instead.

use super::fixed::Fixed;
use super::fixed_gemm;
use super::fixed_gemv::{self, Activations, Blocks};
use burn::backend::Flex;
use burn::backend::flex::{FlexTensor, Layout};
use burn::backend::ops::FloatTensorOps;
use burn::tensor::{DType, Shape};

use crate::Storage;
use crate::backend::{LinearPath, LinearSpec};
use crate::cpu::lanes::{self, Lanes};
use crate::cpu::rows::widen;
use crate::cpu::{contiguous, dims, floats, tensor, words};
use crate::stored::Stored;

/// Up to so many rows of `x` the dot products win: they cost the same for each row, while the matrix multiplication
/// packs both sides first.
const GEMV_ROWS: usize = 8;

/// Bytes of a widened panel: it stays in a second-level cache beside the block of `x`.
const PANEL_BYTES: usize = 256 << 10;

/// Weight rows that share a load of `x`.
const BLOCK: usize = 4;

fn is_gemv(path: LinearPath, n: usize) -> bool {
    match path {
        LinearPath::Auto => n <= GEMV_ROWS,
        LinearPath::GemvLanes | LinearPath::GemvRows => true,
        LinearPath::GemmTiles | LinearPath::GemmRows => false,
    }
}

pub(crate) fn linear(
    x: FlexTensor,
    weights: &Stored<Flex>,
    bias: Option<FlexTensor>,
    spec: &LinearSpec,
) -> FlexTensor {
    match weights {
        Stored::F32(shards) => linear_f32(x, shards, bias, spec),
        Stored::Packed {
            storage,
            words,
            scales,
        } => match storage {
            Storage::Q8 | Storage::Q4 => linear_blocks(x, *storage, words, scales, bias, spec),
            _ => linear_packed(x, *storage, words, bias, spec),
        },
    }
}

fn linear_f32(
    x: FlexTensor,
    shards: &[FlexTensor],
    bias: Option<FlexTensor>,
    spec: &LinearSpec,
) -> FlexTensor {
    let x = contiguous(x);
    let [n, cols] = dims(&x);
    let out_cols = spec.rows.len();
    let mut out = vec![0.0; n * out_cols];
    for part in spec.parts() {
        let shard = &shards[part.shard];
        if is_gemv(spec.path, n) {
            let weights = &floats(shard)[part.rows.start * cols..part.rows.end * cols];
            let x = floats(&x);
            let row = |row: usize| &weights[row * cols..][..cols];
            for_blocks(part.rows.len(), |first, size| {
                for i in 0..n {
                    let x = &x[i * cols..][..cols];
                    let out = &mut out[i * out_cols + part.out + first..][..size];
                    match size {
                        BLOCK => out.copy_from_slice(&lanes::dot(
                            x,
                            core::array::from_fn::<_, BLOCK, _>(|r| row(first + r)),
                        )),
                        _ => out
                            .iter_mut()
                            .enumerate()
                            .for_each(|(r, out)| [*out] = lanes::dot(x, [row(first + r)])),
                    }
                }
            });
        } else {
            let offset = shard.layout().start_offset() + part.rows.start * cols;
            let panel = transposed(shard.clone(), part.rows.len(), cols, offset);
            multiply(x.clone(), panel, &mut out, out_cols, part.out);
        }
    }
    finish(out, n, out_cols, bias)
}

fn linear_blocks(
    x: FlexTensor,
    storage: Storage,
    shards: &[FlexTensor],
    scales: &[FlexTensor],
    bias: Option<FlexTensor>,
    spec: &LinearSpec,
) -> FlexTensor {
    enum Prepared {
        Few(Activations),
        Many(Fixed),
    }
    let x = contiguous(x);
    let [n, cols] = dims(&x);
    let out_cols = spec.rows.len();
    let mut out = vec![0.0; n * out_cols];
    let x = if is_gemv(spec.path, n) {
        Prepared::Few(Activations::new(floats(&x), cols, storage))
    } else {
        Prepared::Many(fixed_gemm::activations(floats(&x), cols))
    };
    let (row_words, scale_words) = (storage.row_words(cols), storage.scale_words(cols));
    for part in spec.parts() {
        let weights = Blocks {
            storage,
            words: &words(&shards[part.shard])[part.rows.start * row_words..],
            scales: &words(&scales[part.shard])[part.rows.start * scale_words..],
            row_words,
            scale_words,
        };
        let (rows, out) = (part.rows.len(), &mut out[part.out..]);
        match &x {
            Prepared::Few(x) => fixed_gemv::gemv(x, &weights, rows, out, out_cols),
            Prepared::Many(x) => fixed_gemm::gemm(x, &weights, rows, out, out_cols),
        }
    }
    finish(out, n, out_cols, bias)
}

fn linear_packed(
    x: FlexTensor,
    storage: Storage,
    shards: &[FlexTensor],
    bias: Option<FlexTensor>,
    spec: &LinearSpec,
) -> FlexTensor {
    let x = contiguous(x);
    let [n, cols] = dims(&x);
    let out_cols = spec.rows.len();
    let mut out = vec![0.0; n * out_cols];
    let row_words = storage.row_words(cols);
    let gemv = is_gemv(spec.path, n);
    let bf16 = storage == Storage::Bf16;
    let split: Vec<Split> = if gemv && bf16 {
        floats(&x).chunks_exact(cols).map(Split::new).collect()
    } else {
        Vec::new()
    };
    for part in spec.parts() {
        let weights =
            &words(&shards[part.shard])[part.rows.start * row_words..part.rows.end * row_words];
        let row = |row: usize| &weights[row * row_words..][..row_words];
        let widen_rows = |first: usize, out: &mut [f32]| {
            for (r, out) in out.chunks_exact_mut(cols).enumerate() {
                widen(storage, row(first + r), &[], out);
            }
        };
        if gemv && bf16 {
            for_blocks(part.rows.len(), |first, size| {
                for (i, x) in split.iter().enumerate() {
                    let out = &mut out[i * out_cols + part.out + first..][..size];
                    match size {
                        BLOCK => out.copy_from_slice(
                            &x.dot(core::array::from_fn::<_, BLOCK, _>(|r| row(first + r))),
                        ),
                        _ => out
                            .iter_mut()
                            .enumerate()
                            .for_each(|(r, out)| [*out] = x.dot([row(first + r)])),
                    }
                }
            });
        } else if gemv {
            let mut wide = vec![0.0; cols];
            for r in 0..part.rows.len() {
                widen_rows(r, &mut wide);
                for (i, x) in floats(&x).chunks_exact(cols).enumerate() {
                    [out[i * out_cols + part.out + r]] = lanes::dot(x, [&wide]);
                }
            }
        } else {
            let panel_rows = (PANEL_BYTES / (cols * 4)).clamp(16, part.rows.len().max(16));
            for first in (0..part.rows.len()).step_by(panel_rows) {
                let rows = panel_rows.min(part.rows.len() - first);
                let mut panel = vec![0.0; rows * cols];
                widen_rows(first, &mut panel);
                let panel = transposed(tensor(panel, [rows, cols]), rows, cols, 0);
                multiply(x.clone(), panel, &mut out, out_cols, part.out + first);
            }
        }
    }
    finish(out, n, out_cols, bias)
}

/// Blocks of [`BLOCK`] rows, then what is left over.
fn for_blocks(rows: usize, mut f: impl FnMut(usize, usize)) {
    for first in (0..rows).step_by(BLOCK) {
        f(first, BLOCK.min(rows - first));
    }
}

/// A view `[cols, rows]` of row-major weights.
fn transposed(weights: FlexTensor, rows: usize, cols: usize, offset: usize) -> FlexTensor {
    weights.with_layout(Layout::new(
        Shape::from([cols, rows]),
        vec![1, cols as isize],
        offset,
    ))
}

/// `x · panel` into the columns of `out` from `first` on.
fn multiply(x: FlexTensor, panel: FlexTensor, out: &mut [f32], out_cols: usize, first: usize) {
    let product = contiguous(Flex::float_matmul(x, panel));
    debug_assert_eq!(product.dtype(), DType::F32);
    let [_, rows] = dims(&product);
    for (product, out) in floats(&product)
        .chunks_exact(rows)
        .zip(out.chunks_exact_mut(out_cols))
    {
        out[first..first + rows].copy_from_slice(product);
    }
}

fn finish(mut out: Vec<f32>, n: usize, out_cols: usize, bias: Option<FlexTensor>) -> FlexTensor {
    if let Some(bias) = bias.map(contiguous) {
        for out in out.chunks_exact_mut(out_cols) {
            out.iter_mut()
                .zip(floats(&bias))
                .for_each(|(out, bias)| *out += bias);
        }
    }
    tensor(out, [n, out_cols])
}

/// The even and odd columns of a row apart, as packed weights come out of their words; an odd last column pairs with 0.
struct Split {
    even: Vec<f32>,
    odd: Vec<f32>,
}

impl Split {
    fn new(x: &[f32]) -> Self {
        let even = x.iter().step_by(2).copied().collect();
        let mut odd: Vec<f32> = x.iter().skip(1).step_by(2).copied().collect();
        odd.resize(x.len().div_ceil(2), 0.0);
        Self { even, odd }
    }

    #[inline(always)]
    fn dot<const R: usize>(&self, rows: [&[u32]; R]) -> [f32; R] {
        let (evens, even_tail) = self.even.as_chunks::<4>();
        let (odds, odd_tail) = self.odd.as_chunks::<4>();
        let odds = &odds[..evens.len()];
        let rows = rows.map(|row| row.as_chunks::<4>());
        let quads = rows.map(|(quads, _)| &quads[..evens.len()]);
        let mut sums = [[Lanes::splat(0.0); 2]; R];
        for (index, (even, odd)) in evens.iter().zip(odds).enumerate() {
            let (even, odd) = (Lanes::load(even), Lanes::load(odd));
            for (sums, row) in sums.iter_mut().zip(&quads) {
                let (weight_even, weight_odd) = Lanes::bf16(&row[index]);
                sums[0] = sums[0].add_mul(weight_even, even);
                sums[1] = sums[1].add_mul(weight_odd, odd);
            }
        }
        core::array::from_fn(|row| {
            let tail = rows[row].1.iter().zip(even_tail.iter().zip(odd_tail));
            let tail: f32 = tail
                .map(|(&word, (even, odd))| {
                    f32::from_bits(word << 16) * even + f32::from_bits(word & 0xffff_0000) * odd
                })
                .sum();
            sums[row][0].add(sums[row][1]).sum() + tail
        })
    }
}
