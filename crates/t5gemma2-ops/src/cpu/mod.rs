//! What the CPU kernels share: access to flex tensors, four-lane vectors, fast exponentials, threads.

pub(crate) mod attend;
pub(crate) mod block;
pub(crate) mod exp;
pub(crate) mod integers;
pub(crate) mod lanes;
pub(crate) mod products;
pub(crate) mod rows;
pub mod threads;
pub(crate) mod tiles;

use burn::backend::flex::{FlexTensor, Layout};
use burn::tensor::{Bytes, DType, Shape};

/// The tensor with its elements in row-major order without gaps (copied only when they are not).
pub(crate) fn contiguous(tensor: FlexTensor) -> FlexTensor {
    if tensor.layout().contiguous_offsets().is_some() {
        tensor
    } else {
        tensor.to_contiguous()
    }
}

/// The elements of a [`contiguous`] f32 tensor.
pub(crate) fn floats(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("a contiguous F32 tensor")
}

/// The words of a [`contiguous`] U32 tensor.
pub(crate) fn words(tensor: &FlexTensor) -> &[u32] {
    tensor.as_slice().expect("a contiguous U32 tensor")
}

/// The elements of an integer tensor.
pub(crate) fn ints(tensor: &FlexTensor) -> Vec<i64> {
    let tensor = contiguous(tensor.clone());
    match tensor.dtype() {
        DType::I32 => tensor
            .as_slice::<i32>()
            .into_iter()
            .flatten()
            .map(|&x| x.into())
            .collect(),
        DType::U32 => tensor
            .as_slice::<u32>()
            .into_iter()
            .flatten()
            .map(|&x| x.into())
            .collect(),
        DType::I64 => tensor
            .as_slice::<i64>()
            .into_iter()
            .flatten()
            .copied()
            .collect(),
        other => panic!("integers are I32, I64 or U32, not {other:?}"),
    }
}

/// A new f32 tensor.
pub(crate) fn tensor<const D: usize>(data: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    debug_assert_eq!(data.len(), shape.iter().product::<usize>());
    FlexTensor::new(
        Bytes::from_elems(data),
        Layout::contiguous(Shape::from(shape)),
        DType::F32,
    )
}

/// The shape as an array.
pub(crate) fn dims<const D: usize>(tensor: &FlexTensor) -> [usize; D] {
    core::array::from_fn(|dim| tensor.layout().shape()[dim])
}
