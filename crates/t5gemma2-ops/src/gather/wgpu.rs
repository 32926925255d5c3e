use burn::backend::Cube;
use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use crate::Storage;
use crate::backend::GatherSpec;
use crate::gpu::{self, Bound};
use crate::linear::weights::widen;
use crate::stored::Stored;

/// Shards bound at once: with the ids, a row and the output within the eight storage buffers that every device allows.
const SHARDS: [&str; 5] = ["SHARD0", "SHARD1", "SHARD2", "SHARD3", "SHARD4"];

/// The same where each shard comes with scales.
const SCALES: [&str; 2] = ["SCALES0", "SCALES1"];

pub(crate) fn gather(
    ids: CubeTensor,
    weights: &Stored<Cube>,
    special: Option<CubeTensor>,
    spec: GatherSpec,
) -> CubeTensor {
    let (words, scales): (_, &[CubeTensor]) = match weights {
        Stored::F32(shards) => (shards, &[]),
        Stored::Packed { words, scales, .. } => (words, scales),
    };
    let storage = weights.storage();
    let bound = if scales.is_empty() {
        SHARDS.len()
    } else {
        SCALES.len()
    };
    let (ids, special) = (gpu::ints(ids), special.map(gpu::floats));
    let [n] = gpu::dims(&ids);
    let out = gpu::empty(&ids, [n, spec.cols], DType::F32);
    for first in (0..words.len()).step_by(bound) {
        let count = bound.min(words.len() - first);
        let each = |names: &[&'static str], tensors| {
            let slots = names.iter().copied().take(bound).enumerate();
            slots
                .map(move |(slot, name)| -> (_, &CubeTensor) {
                    let tensors: &[CubeTensor] = tensors;
                    (name, &tensors[first + if slot < count { slot } else { 0 }])
                })
                .collect::<Vec<_>>()
        };
        let mut kernel = with_elements(Bound::new(&[include_str!("kernel.wgsl")]), storage)
            .input("IDS", &ids)
            // The ids stand in for an absent row: something must be bound.
            .input("SPECIAL", special.as_ref().unwrap_or(&ids))
            .inputs(each(&SHARDS, words))
            .output("OUT", &out);
        if !scales.is_empty() {
            kernel = kernel.inputs(each(&SCALES, scales));
        }
        let params = [
            spec.cols.into(),
            n.into(),
            spec.rows_per_shard.into(),
            first.into(),
            count.into(),
            spec.special.unwrap_or(-1).into(),
            spec.scale.into(),
        ];
        kernel.launch(256, gpu::strided(n * spec.cols, 256), &params);
    }
    out
}

/// Add `element(shard, row, col)`.
fn with_elements(kernel: Bound<'_>, storage: Storage) -> Bound<'_> {
    let words = include_str!("words.wgsl");
    let scaled = include_str!("scaled.wgsl");
    match storage {
        Storage::F32 => kernel.source(words).source(include_str!("f32.wgsl")),
        Storage::Bf16 | Storage::F16 => kernel
            .source(words)
            .source(include_str!("pairs.wgsl"))
            .source(widen(storage)),
        Storage::Q8 => kernel.source(scaled).source(include_str!("q8.wgsl")),
        Storage::Q4 => kernel.source(scaled).source(include_str!("q4.wgsl")),
    }
}
