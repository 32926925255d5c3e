use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use crate::backend::HeadsSpec;
use crate::gpu::{self, Kernel};
use crate::heads::HeadDims;

pub(crate) fn qkv_heads(
    qkv: CubeTensor,
    q_norm: CubeTensor,
    k_norm: CubeTensor,
    positions: CubeTensor,
    inv_freq: CubeTensor,
    spec: HeadsSpec,
) -> (CubeTensor, CubeTensor, CubeTensor) {
    let (qkv, positions, inv_freq) = (
        gpu::floats(qkv),
        gpu::ints(positions),
        gpu::floats(inv_freq),
    );
    let (q_norm, k_norm) = (gpu::floats(q_norm), gpu::floats(k_norm));
    let HeadsSpec {
        dims:
            HeadDims {
                query_heads,
                kv_heads,
                head_dim: d,
            },
        batch,
        eps,
        rope_scaling,
    } = spec;
    let [rows, _] = gpu::dims(&qkv);
    let len = rows / batch;
    let q = gpu::empty(&qkv, [batch, query_heads, len, d], DType::F32);
    let k = gpu::empty(&qkv, [batch, kv_heads, len, d], DType::F32);
    let v = gpu::empty(&qkv, [batch, kv_heads, len, d], DType::F32);
    let params = [
        rows.into(),
        len.into(),
        query_heads.into(),
        kv_heads.into(),
        d.into(),
        eps.into(),
        rope_scaling.into(),
    ];
    Kernel::new(
        &[
            include_str!("plain.wgsl"),
            include_str!("qkv.wgsl"),
            include_str!("turn.wgsl"),
            gpu::reductions(),
        ],
        64,
    )
    .launch(
        gpu::fold(rows * (query_heads + 2 * kv_heads)),
        &[&qkv, &q_norm, &k_norm, &positions, &inv_freq],
        &[&q, &k, &v],
        &params,
    );
    (q, k, v)
}

pub(crate) fn heads_into(
    qkv: CubeTensor,
    norms: CubeTensor,
    positions: CubeTensor,
    inv_freq: CubeTensor,
    (keys, values): (CubeTensor, CubeTensor),
    total: CubeTensor,
    spec: HeadsSpec,
) -> (CubeTensor, CubeTensor, CubeTensor) {
    let (qkv, norms, inv_freq) = (gpu::floats(qkv), gpu::floats(norms), gpu::floats(inv_freq));
    let (positions, total) = (gpu::ints(positions), gpu::ints(total));
    let (keys, values) = (gpu::writable(keys), gpu::writable(values));
    let HeadDims {
        query_heads,
        kv_heads,
        head_dim: d,
    } = spec.dims;
    let [rows, _] = gpu::dims(&qkv);
    let len = rows / spec.batch;
    let [_, _, slots, _] = gpu::dims(&keys);
    let q = gpu::empty(&qkv, [spec.batch, query_heads, len, d], DType::F32);
    let params = [
        rows.into(),
        len.into(),
        query_heads.into(),
        kv_heads.into(),
        d.into(),
        spec.eps.into(),
        spec.rope_scaling.into(),
        slots.into(),
    ];
    let sources = [
        include_str!("rings.wgsl"),
        include_str!("qkv.wgsl"),
        include_str!("turn.wgsl"),
        gpu::reductions(),
    ];
    Kernel::new(&sources, 64).launch(
        gpu::fold(rows * (query_heads + 2 * kv_heads)),
        &[&qkv, &norms, &total, &positions, &inv_freq],
        &[&q, &keys, &values],
        &params,
    );
    (q, keys, values)
}

pub(crate) fn kv_heads(
    kv: CubeTensor,
    k_norm: CubeTensor,
    spec: HeadsSpec,
) -> (CubeTensor, CubeTensor) {
    let (kv, k_norm) = (gpu::floats(kv), gpu::floats(k_norm));
    let HeadsSpec {
        dims: HeadDims {
            kv_heads,
            head_dim: d,
            ..
        },
        batch,
        eps,
        ..
    } = spec;
    let [rows, _] = gpu::dims(&kv);
    let len = rows / batch;
    let k = gpu::empty(&kv, [batch, kv_heads, len, d], DType::F32);
    let v = gpu::empty(&kv, [batch, kv_heads, len, d], DType::F32);
    let params = [
        rows.into(),
        len.into(),
        kv_heads.into(),
        d.into(),
        eps.into(),
    ];
    let kernel = Kernel::new(&[include_str!("kv.wgsl"), gpu::reductions()], 64);
    kernel.launch(
        gpu::fold(rows * 2 * kv_heads),
        &[&kv, &k_norm],
        &[&k, &v],
        &params,
    );
    (k, v)
}
