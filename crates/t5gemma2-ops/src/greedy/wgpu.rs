use burn::backend::wgpu::CubeTensor;

use crate::argmax::wgpu::ROW;
use crate::gpu::{self, Kernel};

/// What follows the choice of a token.
pub(crate) const ADVANCE: &str = include_str!("advance.wgsl");

pub(crate) fn greedy(
    logits: CubeTensor,
    (tokens, positions, total, history): (CubeTensor, CubeTensor, CubeTensor, CubeTensor),
    ends: Option<CubeTensor>,
    filling: i32,
) -> (CubeTensor, CubeTensor, CubeTensor, CubeTensor) {
    let logits = gpu::floats(logits);
    let [tokens, positions, total, history] =
        [tokens, positions, total, history].map(|tensor| gpu::writable(gpu::ints(tensor)));
    let ends = ends.map(gpu::ints);
    let count = ends.as_ref().map_or(0, |ends| gpu::dims::<1>(ends)[0]);
    let [rows, cols] = gpu::dims(&logits);
    let [_, width] = gpu::dims(&history);
    let kernel = Kernel::new(&[ROW, ADVANCE, include_str!("kernel.wgsl")], 256);
    kernel.launch(
        gpu::fold(rows),
        // The logits stand in for absent ends: something must be bound.
        &[&logits, ends.as_ref().unwrap_or(&logits)],
        &[&tokens, &positions, &total, &history],
        &[
            rows.into(),
            cols.into(),
            (width - 2).into(),
            count.into(),
            filling.into(),
        ],
    );
    (tokens, positions, total, history)
}
