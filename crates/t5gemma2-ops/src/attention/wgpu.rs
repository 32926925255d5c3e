use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use crate::backend::{AttentionPath, AttentionSpec};
use crate::gpu::{self, Kernel};

const DIM: &str = include_str!("dim.wgsl");
const FEW: &str = include_str!("few.wgsl");
const BLOCKS: &str = include_str!("blocks.wgsl");

/// Up to so many queries each gets a workgroup of its own; more share the keys' loads in blocks of 16.
const FEW_QUERIES: usize = 4;
/// Queries of a block.
const QUERY_BLOCK: usize = 16;

pub(crate) fn attention(
    q: CubeTensor,
    k: CubeTensor,
    v: CubeTensor,
    valid: Option<CubeTensor>,
    spec: AttentionSpec,
) -> CubeTensor {
    let (q, k, v, valid) = (
        gpu::floats(q),
        gpu::floats(k),
        gpu::floats(v),
        valid.map(gpu::ints),
    );
    let [batch, heads, len, d] = gpu::dims(&q);
    let [_, kv_heads, keys, _] = gpu::dims(&k);
    let out = gpu::empty(&q, [batch * len, heads * d], DType::F32);
    let (left, right) = spec
        .window
        .unwrap_or((u32::MAX as usize, u32::MAX as usize));
    let params = [
        batch.into(),
        heads.into(),
        kv_heads.into(),
        len.into(),
        keys.into(),
        left.min(u32::MAX as usize).into(),
        right.min(u32::MAX as usize).into(),
        usize::from(valid.is_some()).into(),
        spec.scale.into(),
        spec.softcap.unwrap_or(0.0).into(),
    ];
    let heads_source = if d.is_multiple_of(4) {
        include_str!("heads4.wgsl")
    } else {
        include_str!("heads1.wgsl")
    };
    let (kernel, groups) = kernel(
        &[heads_source, include_str!("bidirectional.wgsl")],
        spec.path,
        [batch, heads, len, d],
    );
    // The keys stand in for an absent mask: something must be bound.
    kernel.launch(
        groups,
        &[&q, &k, &v, valid.as_ref().unwrap_or(&k)],
        &[&out],
        &params,
    );
    out
}

/// The attention kernel over keys that `sources` describe, and its workgroups.
pub(crate) fn kernel(
    sources: &[&'static str; 2],
    path: AttentionPath,
    [batch, heads, len, d]: [usize; 4],
) -> (Kernel, [u32; 3]) {
    let few = match path {
        AttentionPath::Auto => len <= FEW_QUERIES,
        AttentionPath::Few => true,
        AttentionPath::Blocks => false,
    };
    // Invocations that hold a query's output between them, a quad of columns each.
    let lanes = d.div_ceil(4).next_power_of_two().min(64);
    let [keys, segments] = *sources;
    let (sources, groups) = if few {
        (
            [DIM, keys, segments, FEW, gpu::MATH, gpu::SUM].to_vec(),
            len,
        )
    } else {
        (
            [DIM, keys, segments, BLOCKS, gpu::MATH].to_vec(),
            len.div_ceil(QUERY_BLOCK),
        )
    };
    let kernel = Kernel::new(&sources, 256)
        .constant("D", d)
        .constant("LANES", lanes);
    (kernel, [groups as u32, (batch * heads) as u32, 1])
}
