use burn::backend::wgpu::CubeTensor;

use crate::argmax::wgpu::row;
use crate::gpu::{self, Kernel, Param};
use crate::sample::{Sampling, wgpu as sample};

const ADVANCE: &str = include_str!("advance.wgsl");

/// One workgroup a row does it all, drawn or not.
pub(crate) fn choose(
    logits: CubeTensor,
    (tokens, positions, total, history): (CubeTensor, CubeTensor, CubeTensor, CubeTensor),
    ends: Option<CubeTensor>,
    filling: i32,
    sampling: Option<Sampling>,
) -> (CubeTensor, CubeTensor, CubeTensor, CubeTensor) {
    let logits = gpu::floats(logits);
    let [tokens, positions, total, history] =
        [tokens, positions, total, history].map(|tensor| gpu::writable(gpu::ints(tensor)));
    let ends = ends.map(gpu::ints);
    let count = ends.as_ref().map_or(0, |ends| gpu::dims::<1>(ends)[0]);
    let [rows, cols] = gpu::dims(&logits);
    let [_, width] = gpu::dims(&history);
    let mut params: Vec<Param> = vec![
        rows.into(),
        cols.into(),
        (width - 2).into(),
        count.into(),
        filling.into(),
    ];
    let mut sources = vec![ADVANCE];
    match sampling {
        None => {
            sources.extend(row());
            sources.push(include_str!("greedy.wgsl"));
        }
        Some(sampling) => {
            sources.extend(sample::SOURCES);
            params.extend(sample::params(&sampling, cols));
        }
    }
    Kernel::new(&sources, 256).launch(
        gpu::fold(rows),
        // The logits stand in for absent ends: something must be bound.
        &[&logits, ends.as_ref().unwrap_or(&logits)],
        &[&tokens, &positions, &total, &history],
        &params,
    );
    (tokens, positions, total, history)
}
