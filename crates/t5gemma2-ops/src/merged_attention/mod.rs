//! The decoder's merged attention: one softmax over the self cache and the encoder's keys.

pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(feature = "wgpu")]
pub(crate) mod wgpu;

use burn::backend::Dispatch;
use burn::tensor::{Int, Tensor};

use crate::backend::{AttentionPath, MergedSpec, Ops};
use crate::dims::Dims;

/// What [`merged_attention`] takes.
///
/// The self keys lie in a ring of `slots`: the token with absolute index p is in slot `p mod slots`. With
/// n = `total`, slot j therefore holds `p(j) = (n - 1) - ((n - 1 - j) mod slots)`, and is empty when that is negative.
/// Query i has the absolute index `n - len + i` and sees slot j when `0 <= p(j) <= query`, `query - p(j) < window`
/// and `self_valid` says so. Without a cache pass the new keys as a ring of exactly `len` slots and `total = len`.
///
/// With several queries at once the ring must have `window + len - 1` slots or more (or all tokens so far), since the
/// newest keys overwrite those that the first query still needs.
#[derive(Debug, Clone)]
pub struct MergedAttention {
    /// `[batch, query_heads, len, d]`, normed and turned.
    pub q: Tensor<4>,
    /// `[batch, kv_heads, slots, d]`; the new tokens' keys are already appended.
    pub self_k: Tensor<4>,
    /// `[batch, kv_heads, slots, d]`
    pub self_v: Tensor<4>,
    /// `[batch, slots]`: 0 hides a slot (padding in a decoder prompt).
    pub self_valid: Option<Tensor<2, Int>>,
    /// `[encoder_batch, kv_heads, keys, d]`: each row is shared by `batch / encoder_batch` neighbouring rows of the batch.
    pub encoder_k: Tensor<4>,
    /// `[encoder_batch, kv_heads, keys, d]`
    pub encoder_v: Tensor<4>,
    /// `[encoder_batch, keys]`: the encoder's attention mask.
    pub encoder_valid: Option<Tensor<2, Int>>,
    /// `[1]`, on the device: tokens seen so far, these `len` included. It is read there, never on the host.
    pub total: Tensor<1, Int>,
    /// Self keys that a query sees, itself included; `None` sees all.
    pub window: Option<usize>,
    /// Factor on `q · kᵀ`.
    pub scale: f32,
    /// `cap(x) = softcap · tanh(x / softcap)` on the scaled scores.
    pub softcap: Option<f32>,
}

/// `softmax(cap(scale · q · [self_k | encoder_k]ᵀ)) · [self_v | encoder_v]`, grouped heads as in
/// [`attention`](crate::attention). A query that sees nothing gives zeros.
///
/// # Shapes
/// those of [`MergedAttention`] -> `[batch · len, query_heads · d]`
pub fn merged_attention(inputs: MergedAttention) -> Tensor<2> {
    merged_attention_by(inputs, AttentionPath::Auto)
}

pub(crate) fn merged_attention_by(inputs: MergedAttention, path: AttentionPath) -> Tensor<2> {
    inputs.check("merged_attention");
    let spec = inputs.spec(path);
    Tensor::from_dispatch(Dispatch::merged_attention(
        inputs.q.into_dispatch(),
        inputs.self_k.into_dispatch(),
        inputs.self_v.into_dispatch(),
        inputs.self_valid.into_iter().collect(),
        inputs.encoder_k.into_dispatch(),
        inputs.encoder_v.into_dispatch(),
        inputs.encoder_valid.into_iter().collect(),
        inputs.total.into_dispatch(),
        spec,
    ))
}

impl MergedAttention {
    pub(crate) fn spec(&self, path: AttentionPath) -> MergedSpec {
        MergedSpec {
            scale: self.scale,
            softcap: self.softcap,
            window: self.window,
            path,
        }
    }

    /// Panics unless the shapes fit together.
    pub(crate) fn check(&self, operation: &'static str) {
        let dims = Dims::of(operation)
            .fix("1", 1)
            .tensor("q", self.q.dims(), ["batch", "query_heads", "len", "d"])
            .tensor(
                "self_k",
                self.self_k.dims(),
                ["batch", "kv_heads", "slots", "d"],
            )
            .tensor(
                "self_v",
                self.self_v.dims(),
                ["batch", "kv_heads", "slots", "d"],
            )
            .tensor(
                "encoder_k",
                self.encoder_k.dims(),
                ["encoder_batch", "kv_heads", "keys", "d"],
            )
            .tensor(
                "encoder_v",
                self.encoder_v.dims(),
                ["encoder_batch", "kv_heads", "keys", "d"],
            )
            .tensor("total", self.total.dims(), ["1"]);
        let (heads, groups) = (dims.get("query_heads"), dims.get("kv_heads"));
        assert!(
            heads.is_multiple_of(groups),
            "{operation}: {heads} query heads over {groups} key heads"
        );
        let (batch, encoder_batch) = (dims.get("batch"), dims.get("encoder_batch"));
        assert!(
            batch.is_multiple_of(encoder_batch),
            "{operation}: {batch} rows over {encoder_batch} rows of the encoder"
        );
        let dims = match &self.self_valid {
            Some(valid) => dims.tensor("self_valid", valid.dims(), ["batch", "slots"]),
            None => dims,
        };
        if let Some(valid) = &self.encoder_valid {
            dims.tensor("encoder_valid", valid.dims(), ["encoder_batch", "keys"]);
        }
    }
}
