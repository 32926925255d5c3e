//! Writing new keys and values into a ring.

pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(feature = "wgpu")]
pub(crate) mod wgpu;

use burn::backend::Dispatch;
use burn::tensor::{Int, Tensor};

use crate::backend::Ops;
use crate::dims::Dims;

/// Write `new` into the ring `cache`: row i of `new` goes to slot `(total - len + i) mod slots`, `total` being the
/// tokens seen so far, the new ones included. When `new` is longer
/// than the ring only its last `slots` rows are kept.
///
/// In place when this is the only handle to `cache` (keep none while calling); a shared cache is copied first.
/// `total` is read on the device.
///
/// # Shapes
/// `cache` `[batch, heads, slots, d]`, `new` `[batch, heads, len, d]`, `total` `[1]` -> `cache`
pub fn append(cache: Tensor<4>, new: Tensor<4>, total: Tensor<1, Int>) -> Tensor<4> {
    Dims::of("append")
        .fix("1", 1)
        .tensor("cache", cache.dims(), ["batch", "heads", "slots", "d"])
        .tensor("new", new.dims(), ["batch", "heads", "len", "d"])
        .tensor("total", total.dims(), ["1"]);
    Tensor::from_dispatch(Dispatch::append(
        cache.into_dispatch(),
        new.into_dispatch(),
        total.into_dispatch(),
    ))
}
