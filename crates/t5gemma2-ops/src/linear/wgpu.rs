//! Linear layers on WebGPU: one dispatch a shard.

use burn::backend::Cube;
use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use crate::backend::{LinearPath, LinearSpec, ShardRows};
use crate::gpu::{self, Kernel};
use crate::stored::Stored;

const PARAMS: &str = include_str!("params.wgsl");
const F32X4: &str = include_str!("f32x4.wgsl");
const F32X1: &str = include_str!("f32x1.wgsl");
const BF16X4: &str = include_str!("bf16x4.wgsl");
const BF16X1: &str = include_str!("bf16x1.wgsl");
const GEMV: &str = include_str!("gemv.wgsl");
const GEMM: &str = include_str!("gemm.wgsl");

/// Up to so many rows of `x` the weights are streamed past all of them at once; the sums of all rows must fit the
/// registers and workgroup memory of the GEMV kernel.
const GEMV_ROWS: usize = 8;

/// Sums an invocation of the GEMV kernel keeps: with 256 invocations 16 fill the 16 KiB of workgroup memory that every
/// device has, and half of that leaves room for two workgroups.
const GEMV_SUMS: usize = 8;

/// Output columns of a GEMM tile.
const TILE: usize = 64;

pub(crate) fn linear(
    x: CubeTensor,
    weights: &Stored<Cube>,
    bias: Option<CubeTensor>,
    spec: &LinearSpec,
) -> CubeTensor {
    let (shards, bf16) = match weights {
        Stored::F32(shards) => (shards, false),
        Stored::Bf16(shards) => (shards, true),
    };
    let (x, bias) = (gpu::floats(x), bias.map(gpu::floats));
    let [n, cols] = gpu::dims(&x);
    let out = gpu::empty(&x, [n, spec.rows.len()], DType::F32);
    let gemv = match spec.path {
        LinearPath::Auto => n <= GEMV_ROWS,
        LinearPath::Gemv => true,
        LinearPath::Gemm => false,
    };
    let load = match (bf16, cols.is_multiple_of(4)) {
        (false, true) => F32X4,
        (false, false) => F32X1,
        (true, true) => BF16X4,
        (true, false) => BF16X1,
    };
    for part in spec.parts() {
        let ShardRows {
            shard,
            rows,
            out: out_first,
        } = part;
        let (kernel, groups) = if gemv {
            gemv_kernel(load, n, cols, rows.len())
        } else {
            gemm_kernel(load, n, rows.len())
        };
        let params = [
            cols.into(),
            n.into(),
            rows.len().into(),
            rows.start.into(),
            spec.rows.len().into(),
            out_first.into(),
            usize::from(bias.is_some()).into(),
        ];
        kernel.launch(
            groups,
            &[&x, &shards[shard], bias.as_ref().unwrap_or(&x)],
            &[&out],
            &params,
        );
    }
    out
}

fn gemv_kernel(load: &'static str, n: usize, cols: usize, rows: usize) -> (Kernel, [u32; 3]) {
    assert!(
        n <= GEMV_ROWS,
        "the GEMV kernel takes up to {GEMV_ROWS} rows, not {n}"
    );
    // Neighbouring invocations load neighbouring quads: as many as give each of them a few, so that few sums are left.
    let lanes = match cols.div_ceil(4) {
        0..64 => 8,
        64..128 => 16,
        _ => 32,
    };
    // Wide outputs have workgroups enough to let an invocation take several rows.
    let wide = if rows >= 2048 { 4 } else { 1 };
    let rows_each = wide.min(GEMV_SUMS / n.next_power_of_two()).max(1);
    let kernel = Kernel::new(&[PARAMS, load, GEMV], 256)
        .constant("N", n)
        .constant("LANES", lanes)
        .constant("ROWS", rows_each);
    (kernel, gpu::fold(rows.div_ceil(256 / lanes * rows_each)))
}

fn gemm_kernel(load: &'static str, n: usize, rows: usize) -> (Kernel, [u32; 3]) {
    // A tile taller than x would compute rows that are thrown away.
    let each = n.div_ceil(16).next_power_of_two().min(4);
    let kernel = Kernel::new(&[PARAMS, load, GEMM], 256).constant("X_EACH", each);
    let [x, y] = [rows.div_ceil(TILE), n.div_ceil(16 * each)].map(|count| count as u32);
    (kernel, [x, y, 1])
}
