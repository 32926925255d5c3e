//! Weight matrices in row shards, as the checkpoint has them (PyTorch's `[out, in]`).

mod block;
mod builder;
mod convert;
mod error;
mod staging;
mod storage;
#[cfg(test)]
mod tests;
mod upload;

use core::ops::Range;

use burn::tensor::{Device, Int, Tensor};

pub use builder::MatrixBuilder;
pub use convert::SourceType;
pub use error::MatrixError;
pub use storage::{BLOCK, Storage};

use crate::backend::LinearPath;
use crate::dims::Dims;
#[cfg(feature = "wgpu")]
use crate::replay::can_record;
use crate::{gather, linear};

/// The most bytes that are on the host at once, which fills a few parts at a time.
const PART_BYTES: usize = 32 << 20;

/// Parts of a shard: the CPU takes over a part's memory as it is; a GPU runs one kernel a shard, so that they are large there,
/// but for a while it holds a shard twice.
fn shard_parts(device: &Device) -> usize {
    #[cfg(feature = "wgpu")]
    if can_record(device) {
        return (crate::gpu::adapter().largest_binding / PART_BYTES).clamp(1, 8);
    }
    let _ = device;
    1
}

/// The shards' tensors.
#[derive(Debug, Clone)]
pub(crate) enum Shards {
    /// Each `[rows of the shard, cols]`.
    F32(Vec<Tensor<2>>),
    /// Each `[rows of the shard, row_words]` and, where the storage has scales, `[rows of the shard, scale_words]`, of
    /// dtype U32.
    Packed {
        storage: Storage,
        words: Vec<Tensor<2, Int>>,
        scales: Vec<Tensor<2, Int>>,
    },
}

/// A weight matrix `[rows, cols]`, row-major, in shards of whole rows. Cloning shares the memory.
#[derive(Debug, Clone)]
pub struct Matrix {
    rows: usize,
    cols: usize,
    rows_per_shard: usize,
    shards: Shards,
}

/// The weights are the tensor's own `[rows, cols]`. On a GPU it must fit into one binding.
impl From<Tensor<2>> for Matrix {
    fn from(tensor: Tensor<2>) -> Self {
        let [rows, cols] = tensor.dims();
        Self::from_shards(rows, cols, rows, Shards::F32(vec![tensor]))
    }
}

impl Matrix {
    /// Start to fill a matrix part by part. `rows` and `cols` must not be 0.
    pub fn builder(rows: usize, cols: usize, storage: Storage, device: &Device) -> MatrixBuilder {
        MatrixBuilder::new(rows, cols, storage, device)
    }

    pub(crate) fn from_shards(
        rows: usize,
        cols: usize,
        rows_per_shard: usize,
        shards: Shards,
    ) -> Self {
        Self {
            rows,
            cols,
            rows_per_shard,
            shards,
        }
    }

    /// Rows (the layer's output width).
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Columns (the layer's input width).
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// How the weights are stored.
    pub fn storage(&self) -> Storage {
        match self.shards {
            Shards::F32(_) => Storage::F32,
            Shards::Packed { storage, .. } => storage,
        }
    }

    /// Bytes on the device.
    pub fn bytes(&self) -> usize {
        self.rows * self.storage().row_bytes(self.cols)
    }

    pub(crate) fn shards(&self) -> &Shards {
        &self.shards
    }

    pub(crate) fn rows_per_shard(&self) -> usize {
        self.rows_per_shard
    }

    /// `x · Wᵀ`.
    ///
    /// # Shapes
    /// `x` `[n, cols]` -> `[n, rows]`
    pub fn linear(&self, x: Tensor<2>) -> Tensor<2> {
        self.linear_with(x, 0..self.rows, None, LinearPath::Auto)
    }

    /// `x · Wᵀ + bias`.
    ///
    /// # Shapes
    /// `x` `[n, cols]`, `bias` `[rows]` -> `[n, rows]`
    pub fn linear_bias(&self, x: Tensor<2>, bias: Option<Tensor<1>>) -> Tensor<2> {
        self.linear_with(x, 0..self.rows, bias, LinearPath::Auto)
    }

    /// `x · W[rows]ᵀ`: only some of the outputs.
    ///
    /// # Shapes
    /// `x` `[n, cols]` -> `[n, rows.len()]`
    ///
    /// # Panics
    /// When the range is empty or reaches behind the last row.
    pub fn linear_rows(&self, x: Tensor<2>, rows: Range<usize>) -> Tensor<2> {
        self.linear_with(x, rows, None, LinearPath::Auto)
    }

    /// `x · W[rows]ᵀ + bias`: only some of the outputs.
    ///
    /// # Shapes
    /// `x` `[n, cols]`, `bias` `[rows.len()]` -> `[n, rows.len()]`
    ///
    /// # Panics
    /// When the range is empty or reaches behind the last row.
    pub fn linear_rows_bias(
        &self,
        x: Tensor<2>,
        rows: Range<usize>,
        bias: Option<Tensor<1>>,
    ) -> Tensor<2> {
        self.linear_with(x, rows, bias, LinearPath::Auto)
    }

    pub(crate) fn linear_with(
        &self,
        x: Tensor<2>,
        rows: Range<usize>,
        bias: Option<Tensor<1>>,
        path: LinearPath,
    ) -> Tensor<2> {
        assert!(
            rows.start < rows.end && rows.end <= self.rows,
            "linear: rows {rows:?} of a matrix of {} rows",
            self.rows
        );
        let dims = Dims::of("linear")
            .fix("cols", self.cols)
            .fix("rows", rows.len());
        let dims = dims.tensor("x", x.dims(), ["n", "cols"]);
        if let Some(bias) = &bias {
            dims.tensor("bias", bias.dims(), ["rows"]);
        }
        linear::linear(self, x, rows, bias, path)
    }

    /// The rows `ids`, widened to f32. Ids out of range are the caller's to prevent.
    ///
    /// # Shapes
    /// `ids` `[n]` -> `[n, cols]`
    pub fn gather(&self, ids: Tensor<1, Int>) -> Tensor<2> {
        gather::gather(self, ids, 1.0, None)
    }

    /// The same rows times `scale`, but for the id of `special`, whose row that tensor `[cols]` is as it stands.
    ///
    /// # Shapes
    /// `ids` `[n]` -> `[n, cols]`
    pub fn embed(
        &self,
        ids: Tensor<1, Int>,
        scale: f32,
        special: Option<(i32, Tensor<1>)>,
    ) -> Tensor<2> {
        if let Some((_, row)) = &special {
            Dims::of("embed")
                .fix("cols", self.cols)
                .tensor("special", row.dims(), ["cols"]);
        }
        gather::gather(self, ids, scale, special)
    }
}
