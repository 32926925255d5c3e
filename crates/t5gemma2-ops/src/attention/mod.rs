//! Bidirectional attention (encoder and vision tower).

pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(feature = "wgpu")]
mod rows;
#[cfg(feature = "wgpu")]
pub(crate) mod wgpu;

use burn::backend::Dispatch;
use burn::tensor::{Int, Tensor};

use crate::backend::{AttentionPath, AttentionSpec, Ops};
use crate::dims::Dims;

/// Which keys a query may see.
#[derive(Debug, Clone, Default)]
pub struct AttentionMask {
    /// `[batch, keys]`: 0 hides a key from every query; absent means that all are visible.
    pub valid: Option<Tensor<2, Int>>,
    /// `(left, right)`: with `dist = query - key`, only `0 <= dist < left` or `0 < -dist < right` is visible.
    pub window: Option<(usize, usize)>,
}

/// `softmax(cap(scale · q · kᵀ)) · v` over the keys the mask allows, with grouped heads: query head h reads key head
/// `h / (query_heads / kv_heads)`. `cap(x) = softcap · tanh(x / softcap)`, or x without one.
/// A query without any allowed key gives zeros.
///
/// # Shapes
/// `q` `[batch, query_heads, len, d]`, `k` and `v` `[batch, kv_heads, keys, d]`, `mask.valid` `[batch, keys]`
/// -> `[batch · len, query_heads · d]`
pub fn attention(
    q: Tensor<4>,
    k: Tensor<4>,
    v: Tensor<4>,
    mask: &AttentionMask,
    scale: f32,
    softcap: Option<f32>,
) -> Tensor<2> {
    attention_by(q, k, v, mask, scale, softcap, AttentionPath::Auto)
}

pub(crate) fn attention_by(
    q: Tensor<4>,
    k: Tensor<4>,
    v: Tensor<4>,
    mask: &AttentionMask,
    scale: f32,
    softcap: Option<f32>,
    path: AttentionPath,
) -> Tensor<2> {
    let dims = Dims::of("attention")
        .tensor("q", q.dims(), ["batch", "query_heads", "len", "d"])
        .tensor("k", k.dims(), ["batch", "kv_heads", "keys", "d"])
        .tensor("v", v.dims(), ["batch", "kv_heads", "keys", "d"]);
    let (heads, groups) = (dims.get("query_heads"), dims.get("kv_heads"));
    assert!(
        heads.is_multiple_of(groups),
        "attention: {heads} query heads over {groups} key heads"
    );
    if let Some(valid) = &mask.valid {
        dims.tensor("valid", valid.dims(), ["batch", "keys"]);
    }
    let spec = AttentionSpec {
        scale,
        softcap,
        window: mask.window,
        path,
    };
    let valid = mask.valid.iter().cloned().collect();
    Tensor::from_dispatch(Dispatch::attention(
        q.into_dispatch(),
        k.into_dispatch(),
        v.into_dispatch(),
        valid,
        spec,
    ))
}
