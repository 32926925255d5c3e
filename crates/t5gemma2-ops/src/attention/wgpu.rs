use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use super::rows;
use crate::backend::{AttentionPath, AttentionSpec};
use crate::gpu::{self, Kernel, Param};

const DIM: &str = include_str!("dim.wgsl");

/// Up to so many queries each gets a workgroup of its own; more share the keys' loads in blocks of 16.
const FEW_QUERIES: usize = 4;
/// Queries of a block.
const QUERY_BLOCK: usize = 16;
/// Keys that are worth a workgroup of their own where there are few workgroups.
const PART_KEYS: usize = 512;
/// Workgroups that keep a device busy.
const MANY_GROUPS: usize = 64;

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
    attend(
        Attended {
            sources: [heads_source, include_str!("bidirectional.wgsl")],
            // The keys stand in for an absent mask: something must be bound.
            inputs: &[&q, &k, &v, valid.as_ref().unwrap_or(&k)],
            params: &params,
            kv_heads,
            keys,
        },
        spec.path,
    )
}

/// What attention is over.
pub(crate) struct Attended<'a> {
    /// How keys are found and seen.
    pub sources: [&'static str; 2],
    /// The queries `[batch, heads, len, d]` and what the sources bind besides.
    pub inputs: &'a [&'a CubeTensor],
    pub params: &'a [Param],
    pub kv_heads: usize,
    /// As many as there may be.
    pub keys: usize,
}

/// Attention by the kernel that suits the adapter and the number of queries -> `[batch · len, heads · d]`
pub(crate) fn attend(attended: Attended<'_>, path: AttentionPath) -> CubeTensor {
    let Attended {
        sources,
        inputs,
        params,
        kv_heads,
        keys,
    } = attended;
    let q = inputs[0];
    let [batch, heads, len, d] = gpu::dims(q);
    let path = match path {
        AttentionPath::Auto if gpu::adapter().software => AttentionPath::Rows,
        AttentionPath::Auto if len <= FEW_QUERIES => AttentionPath::Few,
        AttentionPath::Auto => AttentionPath::Blocks,
        path => path,
    };
    let rows = heads / kv_heads * len;
    let [x, y] = match path {
        AttentionPath::Rows => [rows::groups(rows), batch * kv_heads],
        AttentionPath::Few => [len, batch * heads],
        _ => [len.div_ceil(QUERY_BLOCK), batch * heads],
    };
    let parts = match path {
        AttentionPath::Blocks => 1,
        _ => (keys / PART_KEYS).min(MANY_GROUPS / (x * y)).max(1),
    };
    let common = [
        DIM,
        sources[0],
        sources[1],
        gpu::MATH,
        match parts {
            1 => include_str!("whole.wgsl"),
            _ => include_str!("part.wgsl"),
        },
    ];
    let kernel = match path {
        AttentionPath::Rows => rows::kernel(&common, rows, d),
        AttentionPath::Few => {
            with_lanes(&common, &[include_str!("few.wgsl"), gpu::reductions()], d)
        }
        _ => with_lanes(&common, &[include_str!("blocks.wgsl")], d),
    };
    let out = gpu::empty(q, [batch * len, heads * d], DType::F32);
    let kernel = kernel.constant("D", d);
    let groups = [x as u32, y as u32, parts as u32];
    if parts == 1 {
        kernel.launch(groups, inputs, &[&out], params);
        return out;
    }
    let rows = batch * len * heads;
    let left = gpu::empty(q, [parts, rows, d + 2], DType::F32);
    kernel
        .constant("PARTS", parts)
        .launch(groups, inputs, &[&left], params);
    Kernel::new(&[DIM, include_str!("combine.wgsl")], 64)
        .constant("D", d)
        .constant("PARTS", parts)
        .launch(
            gpu::strided(rows * d, 64),
            &[&left],
            &[&out],
            &[rows.into()],
        );
    out
}

/// A kernel whose invocations hold a query's output between them, a quad of columns each.
fn with_lanes(common: &[&'static str], kernel: &[&'static str], d: usize) -> Kernel {
    let lanes = d.div_ceil(4).next_power_of_two().min(64);
    Kernel::new(&[common, kernel].concat(), 256).constant("LANES", lanes)
}
