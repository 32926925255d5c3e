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
const PART_KEYS: usize = 256;
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
        Over {
            sources: [heads_source, include_str!("bidirectional.wgsl")],
            // The keys stand in for an absent mask: something must be bound.
            inputs: &[&q, &k, &v, valid.as_ref().unwrap_or(&k)],
            params: &params,
            kv_heads,
            keys,
        },
        spec.path,
    )
    .joined()
}

/// What attention is over.
pub(crate) struct Over<'a> {
    /// How keys are found and seen.
    pub sources: [&'static str; 2],
    /// The queries `[batch, heads, len, d]` and what the sources bind besides.
    pub inputs: &'a [&'a CubeTensor],
    pub params: &'a [Param],
    pub kv_heads: usize,
    /// As many as there may be.
    pub keys: usize,
}

/// What the workgroups that share the keys of a query left.
pub(crate) struct Attended {
    /// `[batch · len, heads · d]` where one workgroup took all keys, otherwise, as part.wgsl says,
    /// `[parts, batch · len · heads, d + 2]`
    pub left: CubeTensor,
    pub parts: usize,
    /// batch · len, heads, d
    pub dims: [usize; 3],
}

/// Attention by the kernel that suits the adapter and the number of queries.
pub(crate) fn attend(over: Over<'_>, path: AttentionPath) -> Attended {
    let Over {
        sources,
        inputs,
        params,
        kv_heads,
        keys,
    } = over;
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
    let left = match parts {
        1 => gpu::empty(q, [batch * len, heads * d], DType::F32),
        _ => gpu::empty(q, [parts, batch * len * heads, d + 2], DType::F32),
    };
    let kernel = match parts {
        1 => kernel,
        _ => kernel.constant("PARTS", parts),
    };
    kernel
        .constant("D", d)
        .launch([x as u32, y as u32, parts as u32], inputs, &[&left], params);
    Attended {
        left,
        parts,
        dims: [batch * len, heads, d],
    }
}

impl Attended {
    /// `[batch · len, heads · d]`
    pub(crate) fn joined(self) -> CubeTensor {
        if self.parts == 1 {
            return self.left;
        }
        let [n, heads, d] = self.dims;
        let out = gpu::empty(&self.left, [n, heads * d], DType::F32);
        Kernel::new(&[DIM, include_str!("combine.wgsl")], 64)
            .constant("D", d)
            .constant("PARTS", self.parts)
            .launch(
                gpu::strided(n * heads * d, 64),
                &[&self.left],
                &[&out],
                &[(n * heads).into()],
            );
        out
    }
}

/// A kernel whose invocations hold a query's output between them, a quad of columns each.
fn with_lanes(common: &[&'static str], kernel: &[&'static str], d: usize) -> Kernel {
    let lanes = d.div_ceil(4).next_power_of_two().min(64);
    Kernel::new(&[common, kernel].concat(), 256).constant("LANES", lanes)
}
