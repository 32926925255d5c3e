use burn::tensor::{Int, Tensor};

use super::{HeadDims, Rope};
use crate::append::reference::append;
use crate::rms_norm::reference::rms_norm;

/// `[batch · len, heads · d]` to `[batch, heads, len, d]`.
fn split(x: Tensor<2>, batch: usize, heads: usize, d: usize) -> Tensor<4> {
    let len = x.dims()[0] / batch;
    x.reshape([batch, len, heads, d]).swap_dims(1, 2)
}

fn norm(x: Tensor<2>, weight: Tensor<1>, eps: f64, d: usize) -> Tensor<2> {
    let shape = x.dims();
    let rows = shape[0] * shape[1] / d;
    rms_norm(x.reshape([rows, d]), weight, eps).reshape(shape)
}

fn turn(x: Tensor<4>, cos: Tensor<4>, sin: Tensor<4>) -> Tensor<4> {
    let [low, high] = x.clone().chunk(2, 3).try_into().expect("two halves");
    let rotated = Tensor::cat(vec![high.neg(), low], 3);
    x * cos + rotated * sin
}

pub(crate) fn qkv_heads(
    qkv: Tensor<2>,
    q_norm: Tensor<1>,
    k_norm: Tensor<1>,
    positions: Tensor<2, Int>,
    rope: &Rope,
    eps: f64,
    dims: HeadDims,
) -> (Tensor<4>, Tensor<4>, Tensor<4>) {
    let HeadDims {
        query_heads,
        kv_heads,
        head_dim: d,
    } = dims;
    let [batch, len] = positions.dims();
    let parts = qkv.split_with_sizes(vec![query_heads * d, kv_heads * d, kv_heads * d], 1);
    let [q, k, v] = parts.try_into().expect("q, k and v");

    let angles = positions.float().reshape([batch, 1, len, 1])
        * rope.inv_freq.clone().reshape([1, 1, 1, d / 2]);
    let angles = Tensor::cat(vec![angles.clone(), angles], 3);
    let cos = angles.clone().cos().mul_scalar(rope.scaling);
    let sin = angles.sin().mul_scalar(rope.scaling);

    let q = split(norm(q, q_norm, eps, d), batch, query_heads, d);
    let k = split(norm(k, k_norm, eps, d), batch, kv_heads, d);
    (
        turn(q, cos.clone(), sin.clone()),
        turn(k, cos, sin),
        split(v, batch, kv_heads, d),
    )
}

#[allow(clippy::too_many_arguments)]
pub(crate) fn heads_into(
    qkv: Tensor<2>,
    norms: Tensor<2>,
    positions: Tensor<2, Int>,
    rope: &Rope,
    (keys, values): (Tensor<4>, Tensor<4>),
    total: Tensor<1, Int>,
    eps: f64,
    dims: HeadDims,
) -> (Tensor<4>, (Tensor<4>, Tensor<4>)) {
    let [q_norm, k_norm] =
        [0, 1].map(|row: usize| norms.clone().slice([row..row + 1]).flatten(0, 1));
    let (q, k, v) = qkv_heads(qkv, q_norm, k_norm, positions, rope, eps, dims);
    (
        q,
        (append(keys, k, total.clone()), append(values, v, total)),
    )
}

pub(crate) fn kv_heads(
    kv: Tensor<2>,
    k_norm: Tensor<1>,
    batch: usize,
    eps: f64,
    dims: HeadDims,
) -> (Tensor<4>, Tensor<4>) {
    let HeadDims {
        kv_heads,
        head_dim: d,
        ..
    } = dims;
    let [k, v] = kv.chunk(2, 1).try_into().expect("k and v");
    (
        split(norm(k, k_norm, eps, d), batch, kv_heads, d),
        split(v, batch, kv_heads, d),
    )
}
