use super::Sampling;
use crate::gpu::Param;

/// Sums are of integers: their order, and with it the scheduling of invocations, changes nothing.
pub(crate) const SOURCES: [&str; 5] = [
    include_str!("wide.wgsl"),
    include_str!("random.wgsl"),
    include_str!("scores.wgsl"),
    include_str!("search.wgsl"),
    include_str!("kernel.wgsl"),
];

/// What the kernel is told of the sampling, in the order of scores.wgsl.
pub(crate) fn params(sampling: &Sampling, cols: usize) -> [Param; 7] {
    [
        (sampling.seed as u32).into(),
        ((sampling.seed >> 32) as u32).into(),
        sampling.temperature.into(),
        sampling.top_k.min(cols).into(),
        u32::from(sampling.top_p < 1.0).into(),
        // A cast saturates.
        ((f64::from(sampling.left_out()) * 2f64.powi(32)).round() as u32).into(),
        sampling.min_p.into(),
    ]
}
