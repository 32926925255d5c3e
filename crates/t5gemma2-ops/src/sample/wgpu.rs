use burn::backend::wgpu::CubeTensor;

use super::Sampling;
use crate::gpu::{self, Kernel};
use crate::greedy::wgpu::ADVANCE;

/// One workgroup a row does it all, so that a step has no dispatch more than a greedy one. Sums are of integers: their order, and
/// with it the scheduling of invocations, changes nothing.
pub(crate) fn sample(
    logits: CubeTensor,
    (tokens, positions, total, history): (CubeTensor, CubeTensor, CubeTensor, CubeTensor),
    ends: Option<CubeTensor>,
    filling: i32,
    sampling: &Sampling,
) -> (CubeTensor, CubeTensor, CubeTensor, CubeTensor) {
    let logits = gpu::floats(logits);
    let [tokens, positions, total, history] =
        [tokens, positions, total, history].map(|tensor| gpu::writable(gpu::ints(tensor)));
    let ends = ends.map(gpu::ints);
    let count = ends.as_ref().map_or(0, |ends| gpu::dims::<1>(ends)[0]);
    let [rows, cols] = gpu::dims(&logits);
    let [_, width] = gpu::dims(&history);
    let sources = [
        include_str!("wide.wgsl"),
        include_str!("random.wgsl"),
        include_str!("scores.wgsl"),
        include_str!("search.wgsl"),
        ADVANCE,
        include_str!("kernel.wgsl"),
    ];
    Kernel::new(&sources, 256).launch(
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
            (sampling.seed as u32).into(),
            ((sampling.seed >> 32) as u32).into(),
            sampling.temperature.into(),
            sampling.top_k.min(cols).into(),
            u32::from(sampling.top_p < 1.0).into(),
            // A cast saturates.
            ((f64::from(sampling.left_out()) * 2f64.powi(32)).round() as u32).into(),
            sampling.min_p.into(),
        ],
    );
    (tokens, positions, total, history)
}
