//! Lists of tensors as arguments of a backend extension, which takes single ones and [`ExtensionType`]s only.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{
    Backend, BackendTensor, Dispatch, DispatchAutodiffContext, DispatchTensor, DispatchTensorKind,
    ExtensionType,
};
use burn::tensor::{Int, Tensor};

/// Any number of float tensors; an optional one is a list of none or one.
#[derive(Debug)]
pub struct Floats<B: Backend>(pub Vec<FloatTensor<B>>);

/// Any number of integer tensors; an optional one is a list of none or one.
#[derive(Debug)]
pub struct Ints<B: Backend>(pub Vec<IntTensor<B>>);

impl<const D: usize> FromIterator<Tensor<D>> for Floats<Dispatch> {
    fn from_iter<I: IntoIterator<Item = Tensor<D>>>(tensors: I) -> Self {
        Self(tensors.into_iter().map(Tensor::into_dispatch).collect())
    }
}

impl<const D: usize> FromIterator<Tensor<D, Int>> for Ints<Dispatch> {
    fn from_iter<I: IntoIterator<Item = Tensor<D, Int>>>(tensors: I) -> Self {
        Self(tensors.into_iter().map(Tensor::into_dispatch).collect())
    }
}

impl<B: Backend> ExtensionType<B> for Floats<B> {
    type Target = Floats<Dispatch>;

    fn map_to_dispatch<F>(self, map_kind: F, autodiff: DispatchAutodiffContext) -> Self::Target
    where
        F: Fn(BackendTensor<B>) -> DispatchTensorKind,
    {
        let wrap = |tensor| DispatchTensor {
            kind: map_kind(BackendTensor::Float(tensor)),
            autodiff,
        };
        Floats(self.0.into_iter().map(wrap).collect())
    }

    fn map_from_dispatch<F>(target: Self::Target, unwrap_kind: F) -> Self
    where
        F: Fn(DispatchTensor) -> BackendTensor<B>,
    {
        Self(
            target
                .0
                .into_iter()
                .map(|tensor| unwrap_kind(tensor).float())
                .collect(),
        )
    }

    fn routing_tensor(target: &Self::Target) -> Option<&DispatchTensor> {
        target.0.first()
    }

    fn routing_float_tensor(target: &Self::Target) -> Option<&DispatchTensor> {
        target.0.first()
    }
}

impl<B: Backend> ExtensionType<B> for Ints<B> {
    type Target = Ints<Dispatch>;

    fn map_to_dispatch<F>(self, map_kind: F, autodiff: DispatchAutodiffContext) -> Self::Target
    where
        F: Fn(BackendTensor<B>) -> DispatchTensorKind,
    {
        let wrap = |tensor| DispatchTensor {
            kind: map_kind(BackendTensor::Int(tensor)),
            autodiff,
        };
        Ints(self.0.into_iter().map(wrap).collect())
    }

    fn map_from_dispatch<F>(target: Self::Target, unwrap_kind: F) -> Self
    where
        F: Fn(DispatchTensor) -> BackendTensor<B>,
    {
        Self(
            target
                .0
                .into_iter()
                .map(|tensor| unwrap_kind(tensor).int())
                .collect(),
        )
    }

    fn routing_tensor(target: &Self::Target) -> Option<&DispatchTensor> {
        target.0.first()
    }

    fn routing_float_tensor(_target: &Self::Target) -> Option<&DispatchTensor> {
        None
    }
}
