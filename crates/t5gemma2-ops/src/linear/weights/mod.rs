//! How kernels read weights: one interface, whatever the storage.

use burn::backend::Cube;

use crate::Storage;
use crate::gpu::{self, Bound};
use crate::stored::Stored;

/// Bind a shard and the source that reads it: `load_weights(row, quad)`, zeros behind the last column.
pub(crate) fn with_weights<'a>(
    kernel: Bound<'a>,
    weights: &'a Stored<Cube>,
    shard: usize,
    cols: usize,
) -> Bound<'a> {
    let even = cols.is_multiple_of(4);
    match weights {
        Stored::F32(shards) => kernel
            .source(match even {
                true => include_str!("f32x4.wgsl"),
                false => include_str!("f32x1.wgsl"),
            })
            .input("WEIGHTS", &shards[shard]),
        Stored::Packed {
            storage,
            words,
            scales,
        } => {
            let kernel = kernel.input("WEIGHTS", &words[shard]);
            let pairs = match even {
                true => include_str!("pairs4.wgsl"),
                false => include_str!("pairs1.wgsl"),
            };
            match storage {
                Storage::F32 => unreachable!("f32 is not packed"),
                Storage::F16 if even && gpu::adapter().shader_f16 => {
                    kernel.source(include_str!("halves4.wgsl"))
                }
                Storage::Bf16 | Storage::F16 => kernel.source(pairs).source(widen(*storage)),
                Storage::Q8 | Storage::Q4 => kernel
                    .source(include_str!("blocks.wgsl"))
                    .source(match storage {
                        Storage::Q8 => include_str!("q8.wgsl"),
                        _ => include_str!("q4.wgsl"),
                    })
                    .input("SCALES", &scales[shard]),
            }
        }
    }
}

/// Add what the GEMV of whole rows needs besides: `STEP` quads at a time, x and weights each made ready once for many
/// products. Comes after [`with_weights`] and a source of `x_quad(x_row, quad, start)`.
pub(crate) fn with_steps(kernel: Bound<'_>, storage: Storage) -> Bound<'_> {
    let steps = match storage {
        Storage::F32 | Storage::Bf16 | Storage::F16 => {
            return kernel.source(include_str!("quad_steps.wgsl"));
        }
        Storage::Q8 => include_str!("q8_steps.wgsl"),
        Storage::Q4 => include_str!("q4_steps.wgsl"),
    };
    kernel
        .source(include_str!("block_steps.wgsl"))
        .source(steps)
}

/// The source that widens a word's two elements: `widen(word)`.
pub(crate) fn widen(storage: Storage) -> &'static str {
    match storage {
        Storage::F16 => include_str!("f16.wgsl"),
        _ => include_str!("bf16.wgsl"),
    }
}

impl Stored<Cube> {
    /// How the weights are stored.
    pub(crate) fn storage(&self) -> Storage {
        match self {
            Self::F32(_) => Storage::F32,
            Self::Packed { storage, .. } => *storage,
        }
    }
}
