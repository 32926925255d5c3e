//! Fused operations of T5Gemma 2.
use burn::backend::{backend_extension, tensor::FloatTensor};
use burn::backend::Dispatch;
use burn::Tensor;
#[backend_extension(Flex, Cube: cfg(feature = "wgpu"))]
pub trait Ops: burn::backend::Backend {
    /// x.
    fn probe(x: FloatTensor<Self>) -> FloatTensor<Self>;
}
impl Ops for burn::backend::Flex { fn probe(x: FloatTensor<Self>) -> FloatTensor<Self> { x } }
#[cfg(feature = "wgpu")]
impl Ops for burn::backend::Cube { fn probe(x: FloatTensor<Self>) -> FloatTensor<Self> { x } }
/// probe
pub fn probe(x: Tensor<1>) -> Tensor<1> { Tensor::from_dispatch(Dispatch::probe(x.into_dispatch())) }
