//! From the rows of a stacked projection to heads: q and k norm, RoPE, and the transposition.

pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(feature = "wgpu")]
pub(crate) mod wgpu;

use burn::backend::Dispatch;
use burn::tensor::{Int, Tensor};

use crate::backend::{HeadsSpec, Ops};
use crate::dims::Dims;

/// How many heads there are and how wide each is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadDims {
    /// Query heads.
    pub query_heads: usize,
    /// Key and value heads; divides `query_heads`.
    pub kv_heads: usize,
    /// Width of a head; even.
    pub head_dim: usize,
}

impl HeadDims {
    /// Columns of stacked q, k and v.
    pub fn qkv_cols(&self) -> usize {
        (self.query_heads + 2 * self.kv_heads) * self.head_dim
    }

    /// Columns of stacked k and v.
    pub fn kv_cols(&self) -> usize {
        2 * self.kv_heads * self.head_dim
    }
}

/// Rotary position embedding of one layer type.
#[derive(Debug, Clone)]
pub struct Rope {
    /// `[head_dim / 2]`: an angle a position, for each pair of columns (linear scaling already divided in).
    pub inv_freq: Tensor<1>,
    /// Factor on cosine and sine (`attention_scaling`; 1 for the default and linear types).
    pub scaling: f32,
}

/// Stacked q, k, v rows to heads: q and k are normed per head (Gemma's `1 + weight` RMS norm) and then turned by RoPE
/// (`rotate_half`: column i pairs with column i + head_dim / 2), v is only rearranged.
///
/// # Shapes
/// `qkv` `[batch · len, qkv_cols]`, `q_norm` and `k_norm` `[head_dim]`, `positions` `[batch, len]`,
/// `rope.inv_freq` `[head_dim / 2]`
/// -> q `[batch, query_heads, len, head_dim]`, k and v `[batch, kv_heads, len, head_dim]`
pub fn qkv_heads(
    qkv: Tensor<2>,
    q_norm: Tensor<1>,
    k_norm: Tensor<1>,
    positions: Tensor<2, Int>,
    rope: &Rope,
    eps: f64,
    dims: HeadDims,
) -> (Tensor<4>, Tensor<4>, Tensor<4>) {
    let [batch, len] = positions.dims();
    assert!(
        dims.head_dim.is_multiple_of(2),
        "qkv_heads: head_dim {} is odd",
        dims.head_dim
    );
    Dims::of("qkv_heads")
        .fix("batch · len", batch * len)
        .fix("qkv_cols", dims.qkv_cols())
        .fix("head_dim", dims.head_dim)
        .fix("head_dim / 2", dims.head_dim / 2)
        .tensor("qkv", qkv.dims(), ["batch · len", "qkv_cols"])
        .tensor("q_norm", q_norm.dims(), ["head_dim"])
        .tensor("k_norm", k_norm.dims(), ["head_dim"])
        .tensor("inv_freq", rope.inv_freq.dims(), ["head_dim / 2"]);
    let spec = HeadsSpec {
        dims,
        batch,
        eps: eps as f32,
        rope_scaling: rope.scaling,
    };
    let (q, k, v) = Dispatch::qkv_heads(
        qkv.into_dispatch(),
        q_norm.into_dispatch(),
        k_norm.into_dispatch(),
        positions.into_dispatch(),
        rope.inv_freq.clone().into_dispatch(),
        spec,
    );
    (
        Tensor::from_dispatch(q),
        Tensor::from_dispatch(k),
        Tensor::from_dispatch(v),
    )
}

/// [`qkv_heads`] with keys and values written into rings as [`append`](crate::append) does, in place under its conditions.
///
/// # Shapes
/// as there, `norms` `[2, head_dim]` (of q, of k), `rings` `[batch, kv_heads, slots, head_dim]` each, `total` `[1]`
/// -> q `[batch, query_heads, len, head_dim]`, and the rings
#[allow(clippy::too_many_arguments)]
pub fn heads_into(
    qkv: Tensor<2>,
    norms: Tensor<2>,
    positions: Tensor<2, Int>,
    rope: &Rope,
    rings: (Tensor<4>, Tensor<4>),
    total: Tensor<1, Int>,
    eps: f64,
    dims: HeadDims,
) -> (Tensor<4>, (Tensor<4>, Tensor<4>)) {
    let [batch, len] = positions.dims();
    assert!(
        dims.head_dim.is_multiple_of(2),
        "heads_into: head_dim {} is odd",
        dims.head_dim
    );
    Dims::of("heads_into")
        .fix("1", 1)
        .fix("2", 2)
        .fix("batch", batch)
        .fix("batch · len", batch * len)
        .fix("qkv_cols", dims.qkv_cols())
        .fix("kv_heads", dims.kv_heads)
        .fix("head_dim", dims.head_dim)
        .fix("head_dim / 2", dims.head_dim / 2)
        .tensor("qkv", qkv.dims(), ["batch · len", "qkv_cols"])
        .tensor("norms", norms.dims(), ["2", "head_dim"])
        .tensor("inv_freq", rope.inv_freq.dims(), ["head_dim / 2"])
        .tensor(
            "keys",
            rings.0.dims(),
            ["batch", "kv_heads", "slots", "head_dim"],
        )
        .tensor(
            "values",
            rings.1.dims(),
            ["batch", "kv_heads", "slots", "head_dim"],
        )
        .tensor("total", total.dims(), ["1"]);
    let spec = HeadsSpec {
        dims,
        batch,
        eps: eps as f32,
        rope_scaling: rope.scaling,
    };
    let (q, keys, values) = Dispatch::heads_into(
        qkv.into_dispatch(),
        norms.into_dispatch(),
        positions.into_dispatch(),
        rope.inv_freq.clone().into_dispatch(),
        rings.0.into_dispatch(),
        rings.1.into_dispatch(),
        total.into_dispatch(),
        spec,
    );
    let rings = (Tensor::from_dispatch(keys), Tensor::from_dispatch(values));
    (Tensor::from_dispatch(q), rings)
}

/// Stacked k, v rows (of encoder states) to heads: k is normed, v rearranged, neither is turned.
///
/// # Shapes
/// `kv` `[batch · len, kv_cols]`, `k_norm` `[head_dim]` -> k and v `[batch, kv_heads, len, head_dim]`
pub fn kv_heads(
    kv: Tensor<2>,
    k_norm: Tensor<1>,
    batch: usize,
    eps: f64,
    dims: HeadDims,
) -> (Tensor<4>, Tensor<4>) {
    let rows = Dims::of("kv_heads")
        .fix("kv_cols", dims.kv_cols())
        .fix("head_dim", dims.head_dim)
        .tensor("kv", kv.dims(), ["batch · len", "kv_cols"])
        .tensor("k_norm", k_norm.dims(), ["head_dim"])
        .get("batch · len");
    assert!(
        batch > 0 && rows.is_multiple_of(batch),
        "kv_heads: {rows} rows do not split into {batch} sequences"
    );
    let spec = HeadsSpec {
        dims,
        batch,
        eps: eps as f32,
        rope_scaling: 1.0,
    };
    let (k, v) = Dispatch::kv_heads(kv.into_dispatch(), k_norm.into_dispatch(), spec);
    (Tensor::from_dispatch(k), Tensor::from_dispatch(v))
}
