//! A weight matrix as an argument of a backend extension: the shards' tensors, whatever their storage.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{
    Backend, BackendTensor, Dispatch, DispatchAutodiffContext, DispatchTensor, DispatchTensorKind,
    ExtensionType,
};

use crate::matrix::Shards;

/// The shards of one matrix, in order.
#[derive(Debug)]
pub enum Stored<B: Backend> {
    /// As [`Storage::F32`](crate::Storage::F32).
    F32(Vec<FloatTensor<B>>),
    /// As [`Storage::Bf16`](crate::Storage::Bf16).
    Bf16(Vec<IntTensor<B>>),
}

impl From<&Shards> for Stored<Dispatch> {
    fn from(shards: &Shards) -> Self {
        match shards {
            Shards::F32(shards) => Self::F32(
                shards
                    .iter()
                    .map(|shard| shard.clone().into_dispatch())
                    .collect(),
            ),
            Shards::Bf16(shards) => Self::Bf16(
                shards
                    .iter()
                    .map(|shard| shard.clone().into_dispatch())
                    .collect(),
            ),
        }
    }
}

impl<B: Backend> ExtensionType<B> for Stored<B> {
    type Target = Stored<Dispatch>;

    fn map_to_dispatch<F>(self, map_kind: F, autodiff: DispatchAutodiffContext) -> Self::Target
    where
        F: Fn(BackendTensor<B>) -> DispatchTensorKind,
    {
        let wrap = |tensor| DispatchTensor {
            kind: map_kind(tensor),
            autodiff,
        };
        match self {
            Self::F32(shards) => Stored::F32(
                shards
                    .into_iter()
                    .map(|shard| wrap(BackendTensor::Float(shard)))
                    .collect(),
            ),
            Self::Bf16(shards) => Stored::Bf16(
                shards
                    .into_iter()
                    .map(|shard| wrap(BackendTensor::Int(shard)))
                    .collect(),
            ),
        }
    }

    fn map_from_dispatch<F>(target: Self::Target, unwrap_kind: F) -> Self
    where
        F: Fn(DispatchTensor) -> BackendTensor<B>,
    {
        match target {
            Stored::F32(shards) => Self::F32(
                shards
                    .into_iter()
                    .map(|shard| unwrap_kind(shard).float())
                    .collect(),
            ),
            Stored::Bf16(shards) => Self::Bf16(
                shards
                    .into_iter()
                    .map(|shard| unwrap_kind(shard).int())
                    .collect(),
            ),
        }
    }

    fn routing_tensor(target: &Self::Target) -> Option<&DispatchTensor> {
        match target {
            Stored::F32(shards) => shards.first(),
            Stored::Bf16(shards) => shards.first(),
        }
    }

    fn routing_float_tensor(target: &Self::Target) -> Option<&DispatchTensor> {
        match target {
            Stored::F32(shards) => shards.first(),
            Stored::Bf16(_) => None,
        }
    }
}
