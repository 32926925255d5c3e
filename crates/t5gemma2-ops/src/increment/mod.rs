//! Counters that live on the device.

pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(feature = "wgpu")]
pub(crate) mod wgpu;

use burn::backend::Dispatch;
use burn::tensor::{Int, Tensor};

use crate::backend::Ops;

/// `counter + by`, in place when this is the only handle to `counter`.
///
/// # Shapes
/// `counter` `[n]` -> `[n]`
pub fn increment(counter: Tensor<1, Int>, by: i32) -> Tensor<1, Int> {
    Tensor::from_dispatch(Dispatch::increment(counter.into_dispatch(), by))
}
