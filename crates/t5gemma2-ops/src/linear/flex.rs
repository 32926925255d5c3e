//! Linear layers on the CPU.
//!
//! Few rows of `x`: dot products straight over the stored weights, several weight rows at a time so that each load of
//! `x` serves them all. Many rows: panels of weights, widened when they are packed, through a matrix multiplication.
//! Quantised weights go by integers instead. Threads share the rows of the weights.

use core::ops::Range;

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;

use super::fixed_gemm;
use super::fixed_gemv::{self, Activations};
use super::split::Split;
use super::stored_blocks::Blocks;
use super::streams::{STREAMS, streams};
use crate::Storage;
use crate::backend::{LinearPath, LinearSpec};
use crate::cpu::lanes;
use crate::cpu::products::{ForBytes, ForNibbles};
use crate::cpu::rows::widen;
use crate::cpu::threads::{Columns, for_columns, rows_of};
use crate::cpu::tiles::{PANEL, Packed, multiply};
use crate::cpu::{contiguous, dims, floats, tensor, words};
use crate::stored::Stored;

/// Up to so many rows of `x` the dot products win: they cost the same for each row, while the matrix multiplication
/// packs both sides first.
const GEMV_ROWS: usize = 8;

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
    let x = contiguous(x);
    let [n, cols] = dims(&x);
    let x = Rows {
        data: floats(&x),
        n,
        cols,
    };
    let mut out = vec![0.0; n * spec.rows.len()];
    match weights {
        Stored::F32(shards) => linear_f32(x, shards, spec, &mut out),
        Stored::Packed {
            storage,
            words,
            scales,
        } => match storage {
            Storage::Q8 | Storage::Q4 => linear_blocks(x, *storage, words, scales, spec, &mut out),
            _ => linear_packed(x, *storage, words, spec, &mut out),
        },
    }
    if let Some(bias) = bias.map(contiguous) {
        for out in out.chunks_exact_mut(spec.rows.len()) {
            out.iter_mut()
                .zip(floats(&bias))
                .for_each(|(out, bias)| *out += bias);
        }
    }
    tensor(out, [n, spec.rows.len()])
}

/// `x`
#[derive(Clone, Copy)]
struct Rows<'a> {
    data: &'a [f32],
    n: usize,
    cols: usize,
}

impl<'a> Rows<'a> {
    fn each(self) -> impl Iterator<Item = &'a [f32]> {
        self.data.chunks_exact(self.cols)
    }

    /// Weight rows that are worth a thread's while, a multiple of `unit`.
    fn piece(self, unit: usize) -> usize {
        rows_of(self.n * self.cols, unit)
    }
}

fn linear_f32(x: Rows, shards: &[FlexTensor], spec: &LinearSpec, out: &mut [f32]) {
    let cols = x.cols;
    for part in spec.parts() {
        let shard = &floats(&shards[part.shard])[part.rows.start * cols..part.rows.end * cols];
        let (width, count) = (spec.rows.len(), part.rows.len());
        let row = |row: usize| &shard[row * cols..][..cols];
        if is_gemv(spec.path, x.n) {
            for_columns(
                out,
                width,
                part.out,
                count,
                x.piece(STREAMS),
                |rows, out| {
                    for rows in streams(rows) {
                        for (i, x) in x.each().enumerate() {
                            out.set(i, rows, lanes::dot(x, rows.map(row)));
                        }
                    }
                },
            );
        } else {
            by_panels(x, spec, part.out, count, out, |r, _| Some(row(r)));
        }
    }
}

fn linear_blocks(
    x: Rows,
    storage: Storage,
    shards: &[FlexTensor],
    scales: &[FlexTensor],
    spec: &LinearSpec,
    out: &mut [f32],
) {
    let mut each_part =
        |unit: usize, multiply: &(dyn Fn(&Blocks, Range<usize>, &mut Columns) + Sync)| {
            let (row_words, scale_words) = (storage.row_words(x.cols), storage.scale_words(x.cols));
            for part in spec.parts() {
                let weights = Blocks {
                    storage,
                    words: &words(&shards[part.shard])[part.rows.start * row_words..],
                    scales: &words(&scales[part.shard])[part.rows.start * scale_words..],
                    row_words,
                    scale_words,
                };
                let (width, count) = (spec.rows.len(), part.rows.len());
                for_columns(out, width, part.out, count, x.piece(unit), |rows, out| {
                    multiply(&weights, rows, out);
                });
            }
        };
    #[cfg(target_feature = "relaxed-simd")]
    if storage == Storage::Q4 && !is_gemv(spec.path, x.n) {
        use super::nibble_gemm;
        let x = nibble_gemm::Activations::new(x.data, x.cols);
        return each_part(PANEL, &|weights, rows, out| {
            nibble_gemm::gemm(&x, weights, rows, out)
        });
    }
    if !is_gemv(spec.path, x.n) {
        let x = fixed_gemm::Activations::new(x.data, x.cols, storage);
        each_part(PANEL, &|weights, rows, out| {
            fixed_gemm::gemm(&x, weights, rows, out)
        });
    } else if storage == Storage::Q8 {
        let x = Activations::<ForBytes>::new(x.data, x.cols);
        each_part(STREAMS, &|weights, rows, out| {
            fixed_gemv::gemv(&x, weights, rows, out)
        });
    } else {
        let x = Activations::<ForNibbles>::new(x.data, x.cols);
        each_part(STREAMS, &|weights, rows, out| {
            fixed_gemv::gemv(&x, weights, rows, out)
        });
    }
}

fn linear_packed(
    x: Rows,
    storage: Storage,
    shards: &[FlexTensor],
    spec: &LinearSpec,
    out: &mut [f32],
) {
    let row_words = storage.row_words(x.cols);
    let gemv = is_gemv(spec.path, x.n);
    let split: Vec<Split> = if gemv && storage == Storage::Bf16 {
        x.each().map(Split::new).collect()
    } else {
        Vec::new()
    };
    for part in spec.parts() {
        let shard = words(&shards[part.shard]);
        let row = |row: usize| &shard[(part.rows.start + row) * row_words..][..row_words];
        let (width, count) = (spec.rows.len(), part.rows.len());
        if !gemv {
            by_panels(x, spec, part.out, count, out, |r, wide| {
                widen(storage, row(r), &[], wide);
                None
            });
            continue;
        }
        for_columns(
            out,
            width,
            part.out,
            count,
            x.piece(STREAMS),
            |rows, out| {
                if storage == Storage::Bf16 {
                    for rows in streams(rows) {
                        for (i, x) in split.iter().enumerate() {
                            out.set(i, rows, x.dot(rows.map(row)));
                        }
                    }
                    return;
                }
                let mut wide = vec![0.0; x.cols];
                for r in rows {
                    widen(storage, row(r), &[], &mut wide);
                    for (i, x) in x.each().enumerate() {
                        out.set(i, [r], lanes::dot(x, [&wide]));
                    }
                }
            },
        );
    }
}

/// `row(index, wide)` returns a row of the weights, or puts it into `wide`.
fn by_panels<'a>(
    x: Rows,
    spec: &LinearSpec,
    first: usize,
    count: usize,
    out: &mut [f32],
    row: impl Fn(usize, &mut [f32]) -> Option<&'a [f32]> + Sync,
) {
    let cols = x.cols;
    let left = Packed::of_rows(x.data, [x.n, cols], cols);
    let (width, piece) = (spec.rows.len(), x.piece(PANEL));
    for_columns(out, width, first, count, piece, |range, out| {
        let mut panel = Packed::new(PANEL, cols);
        let mut wide = vec![0.0; PANEL * cols];
        for first in range.clone().step_by(PANEL) {
            let rows = first..range.end.min(first + PANEL);
            panel.resize(rows.len());
            let wide = wide.chunks_exact_mut(cols);
            let rows: Vec<&[f32]> = rows
                .zip(wide)
                .map(|(index, wide)| row(index, wide).unwrap_or(wide))
                .collect();
            panel.set_rows(0..cols, |index| rows[index]);
            multiply(&left, &panel, out, first);
        }
    });
}
