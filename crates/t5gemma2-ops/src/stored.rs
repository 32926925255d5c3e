//! A weight matrix as an argument of a backend extension: the shards' tensors, whatever their storage.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{
    Backend, BackendTensor, Dispatch, DispatchAutodiffContext, DispatchTensor, DispatchTensorKind,
    ExtensionType,
};
use burn::tensor::{Int, Tensor};

use crate::Storage;
use crate::matrix::Shards;

/// The shards of one matrix, in order.
#[derive(Debug)]
pub enum Stored<B: Backend> {
    /// As [`Storage::F32`](crate::Storage::F32).
    F32(Vec<FloatTensor<B>>),
    /// As the storage says: a tensor of words a shard and, where there are scales, one of scales.
    Packed {
        storage: Storage,
        words: Vec<IntTensor<B>>,
        scales: Vec<IntTensor<B>>,
    },
}

impl<B: Backend> Stored<B> {
    /// With f32 shards as `lay_out` leaves them: that of a matrix made of a tensor may be a view.
    pub(crate) fn laid_out(self, lay_out: impl Fn(FloatTensor<B>) -> FloatTensor<B>) -> Self {
        match self {
            Self::F32(shards) => Self::F32(shards.into_iter().map(lay_out).collect()),
            packed => packed,
        }
    }
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
            Shards::Packed {
                storage,
                words,
                scales,
            } => {
                let ints = |tensors: &[Tensor<2, Int>]| {
                    tensors.iter().map(|t| t.clone().into_dispatch()).collect()
                };
                Self::Packed {
                    storage: *storage,
                    words: ints(words),
                    scales: ints(scales),
                }
            }
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
            Self::Packed {
                storage,
                words,
                scales,
            } => {
                let ints = |tensors: Vec<IntTensor<B>>| {
                    let wrap = |tensor| wrap(BackendTensor::Int(tensor));
                    tensors.into_iter().map(wrap).collect()
                };
                Stored::Packed {
                    storage,
                    words: ints(words),
                    scales: ints(scales),
                }
            }
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
            Stored::Packed {
                storage,
                words,
                scales,
            } => {
                let ints = |tensors: Vec<DispatchTensor>| {
                    let unwrap = |tensor| unwrap_kind(tensor).int();
                    tensors.into_iter().map(unwrap).collect()
                };
                Self::Packed {
                    storage,
                    words: ints(words),
                    scales: ints(scales),
                }
            }
        }
    }

    fn routing_tensor(target: &Self::Target) -> Option<&DispatchTensor> {
        match target {
            Stored::F32(shards) => shards.first(),
            Stored::Packed { words, .. } => words.first(),
        }
    }

    fn routing_float_tensor(target: &Self::Target) -> Option<&DispatchTensor> {
        match target {
            Stored::F32(shards) => shards.first(),
            Stored::Packed { .. } => None,
        }
    }
}
