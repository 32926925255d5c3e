use burn::backend::Cube;
use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use crate::backend::GatherSpec;
use crate::gpu::{self, Kernel};
use crate::stored::Stored;

/// Shards bound at once: with the ids and the output within the eight storage buffers that every device allows.
const SHARDS: usize = 5;

pub(crate) fn gather(ids: CubeTensor, weights: &Stored<Cube>, spec: GatherSpec) -> CubeTensor {
    let (shards, bf16) = match weights {
        Stored::F32(shards) => (shards, false),
        Stored::Bf16(shards) => (shards, true),
    };
    let ids = gpu::ints(ids);
    let [n] = gpu::dims(&ids);
    let GatherSpec {
        cols,
        rows_per_shard,
    } = spec;
    let row_words = if bf16 { cols.div_ceil(2) } else { cols };
    let out = gpu::empty(&ids, [n, cols], DType::F32);
    for (group, bound) in shards.chunks(SHARDS).enumerate() {
        let mut inputs = vec![&ids];
        inputs.extend((0..SHARDS).map(|slot| bound.get(slot).unwrap_or(&bound[0])));
        let params = [
            cols.into(),
            row_words.into(),
            n.into(),
            rows_per_shard.into(),
            (group * SHARDS).into(),
            bound.len().into(),
        ];
        Kernel::new(&[include_str!("kernel.wgsl")], 256)
            .constant("BF16", bf16)
            .launch(gpu::strided(n * cols, 256), &inputs, &[&out], &params);
    }
    out
}
