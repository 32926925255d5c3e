//! The operations at the level of backend primitives: what each backend implements.
//!
//! Arguments are checked above (each operation's `mod.rs`); here shapes are right and dtypes are F32 for floats and
//! I32, I64 or U32 for integers.

mod flex;
#[cfg(feature = "wgpu")]
mod wgpu;

use core::ops::Range;

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, backend_extension};

use crate::heads::HeadDims;
use crate::look_back::LookBack;
use crate::sample::Sampling;
use crate::several::{Floats, Ints};
use crate::stored::Stored;

/// Which kernel computes a linear layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinearPath {
    /// By the number of rows of `x`.
    Auto,
    /// One pass over the weights, a dot product an output; on WebGPU by the kernel for GPUs.
    GemvLanes,
    /// The same; on WebGPU by the kernel for software adapters.
    GemvRows,
    /// Tiles; on WebGPU by the kernel for GPUs.
    GemmTiles,
    /// The same; on WebGPU by the kernel for software adapters.
    GemmRows,
}

/// What a linear layer needs to know about its matrix.
#[derive(Debug, Clone)]
pub struct LinearSpec {
    pub rows: Range<usize>,
    pub rows_per_shard: usize,
    pub path: LinearPath,
}

/// The part of one shard that a row range touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardRows {
    pub shard: usize,
    /// Rows within the shard.
    pub rows: Range<usize>,
    /// The first of them in the output.
    pub out: usize,
}

impl LinearSpec {
    /// The shards the range touches, in order.
    pub fn parts(&self) -> impl Iterator<Item = ShardRows> + use<> {
        let Self {
            rows,
            rows_per_shard: per,
            ..
        } = self.clone();
        (rows.start / per..rows.end.div_ceil(per)).map(move |shard| {
            let first = shard * per;
            let start = rows.start.max(first);
            let end = rows.end.min(first + per);
            ShardRows {
                shard,
                rows: start - first..end - first,
                out: start - rows.start,
            }
        })
    }
}

/// Numbers of [`Ops::normed_linear`].
#[derive(Debug, Clone)]
pub struct NormedSpec {
    pub linear: LinearSpec,
    pub eps: f32,
    pub gated: bool,
    pub softcap: Option<f32>,
}

/// Shape of a matrix that rows are gathered from.
#[derive(Debug, Clone, Copy)]
pub struct GatherSpec {
    pub cols: usize,
    pub rows_per_shard: usize,
    pub scale: f32,
    /// The id of the row that is given.
    pub special: Option<i32>,
}

/// Numbers of [`Ops::qkv_heads`] and [`Ops::kv_heads`].
#[derive(Debug, Clone, Copy)]
pub struct HeadsSpec {
    pub dims: HeadDims,
    pub batch: usize,
    pub eps: f32,
    pub rope_scaling: f32,
}

/// Which kernel computes attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttentionPath {
    /// By the number of queries.
    Auto,
    /// For a few queries: a decoding step.
    Few,
    /// Blocks of queries.
    Blocks,
    /// On WebGPU the kernel for software adapters, of any number of queries.
    Rows,
}

/// Numbers of [`Ops::attention`].
#[derive(Debug, Clone, Copy)]
pub struct AttentionSpec {
    pub scale: f32,
    pub softcap: Option<f32>,
    /// (left, right)
    pub window: Option<(usize, usize)>,
    pub path: AttentionPath,
}

/// Numbers of [`Ops::merged_attention`].
#[derive(Debug, Clone, Copy)]
pub struct MergedSpec {
    pub scale: f32,
    pub softcap: Option<f32>,
    pub window: Option<usize>,
    pub path: AttentionPath,
}

/// The fused operations. Formulas and shapes are documented at the public functions of the same names.
#[backend_extension(Flex, Cube: cfg(feature = "wgpu"))]
#[allow(missing_docs)]
pub trait Ops: Backend {
    fn linear(
        x: FloatTensor<Self>,
        #[extension_type] weights: Stored<Self>,
        #[extension_type] bias: Floats<Self>,
        spec: LinearSpec,
    ) -> FloatTensor<Self>;

    fn normed_linear(
        residual: FloatTensor<Self>,
        #[extension_type] update: Floats<Self>,
        norms: FloatTensor<Self>,
        #[extension_type] weights: Stored<Self>,
        #[extension_type] bias: Floats<Self>,
        spec: NormedSpec,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    fn gather(
        ids: IntTensor<Self>,
        #[extension_type] weights: Stored<Self>,
        #[extension_type] special: Floats<Self>,
        spec: GatherSpec,
    ) -> FloatTensor<Self>;

    fn rms_norm(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        #[extension_type] residual: Floats<Self>,
        eps: f32,
    ) -> FloatTensor<Self>;

    fn layer_norm(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        eps: f32,
    ) -> FloatTensor<Self>;

    fn geglu(gate_up: FloatTensor<Self>) -> FloatTensor<Self>;

    fn gelu_tanh(x: FloatTensor<Self>) -> FloatTensor<Self>;

    fn qkv_heads(
        qkv: FloatTensor<Self>,
        q_norm: FloatTensor<Self>,
        k_norm: FloatTensor<Self>,
        positions: IntTensor<Self>,
        inv_freq: FloatTensor<Self>,
        spec: HeadsSpec,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    #[allow(clippy::too_many_arguments)]
    fn heads_into(
        qkv: FloatTensor<Self>,
        norms: FloatTensor<Self>,
        positions: IntTensor<Self>,
        inv_freq: FloatTensor<Self>,
        keys: FloatTensor<Self>,
        values: FloatTensor<Self>,
        total: IntTensor<Self>,
        spec: HeadsSpec,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    fn kv_heads(
        kv: FloatTensor<Self>,
        k_norm: FloatTensor<Self>,
        spec: HeadsSpec,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    fn attention(
        q: FloatTensor<Self>,
        k: FloatTensor<Self>,
        v: FloatTensor<Self>,
        #[extension_type] valid: Ints<Self>,
        spec: AttentionSpec,
    ) -> FloatTensor<Self>;

    #[allow(clippy::too_many_arguments)]
    fn merged_attention(
        q: FloatTensor<Self>,
        self_k: FloatTensor<Self>,
        self_v: FloatTensor<Self>,
        #[extension_type] self_valid: Ints<Self>,
        encoder_k: FloatTensor<Self>,
        encoder_v: FloatTensor<Self>,
        #[extension_type] encoder_valid: Ints<Self>,
        total: IntTensor<Self>,
        spec: MergedSpec,
    ) -> FloatTensor<Self>;

    #[allow(clippy::too_many_arguments)]
    fn merged_linear(
        q: FloatTensor<Self>,
        self_k: FloatTensor<Self>,
        self_v: FloatTensor<Self>,
        #[extension_type] self_valid: Ints<Self>,
        encoder_k: FloatTensor<Self>,
        encoder_v: FloatTensor<Self>,
        #[extension_type] encoder_valid: Ints<Self>,
        total: IntTensor<Self>,
        #[extension_type] weights: Stored<Self>,
        #[extension_type] bias: Floats<Self>,
        spec: (MergedSpec, LinearSpec),
    ) -> FloatTensor<Self>;

    fn append(
        cache: FloatTensor<Self>,
        new: FloatTensor<Self>,
        total: IntTensor<Self>,
    ) -> FloatTensor<Self>;

    fn argmax(logits: FloatTensor<Self>) -> IntTensor<Self>;

    #[allow(clippy::too_many_arguments)]
    fn choose(
        logits: FloatTensor<Self>,
        tokens: IntTensor<Self>,
        positions: IntTensor<Self>,
        total: IntTensor<Self>,
        history: IntTensor<Self>,
        #[extension_type] ends: Ints<Self>,
        filling: i32,
        sampling: Option<Sampling>,
    ) -> (
        IntTensor<Self>,
        IntTensor<Self>,
        IntTensor<Self>,
        IntTensor<Self>,
    );

    fn look_back(
        logits: FloatTensor<Self>,
        sequence: IntTensor<Self>,
        history: IntTensor<Self>,
        #[extension_type] words: Ints<Self>,
        rules: LookBack,
    ) -> (FloatTensor<Self>, IntTensor<Self>);

    fn increment(counter: IntTensor<Self>, by: i32) -> IntTensor<Self>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_range_is_split_at_shard_borders() {
        let spec = LinearSpec {
            rows: 3..10,
            rows_per_shard: 4,
            path: LinearPath::Auto,
        };
        let parts: Vec<_> = spec
            .parts()
            .map(|part| (part.shard, part.rows, part.out))
            .collect();
        assert_eq!(parts, [(0, 3..4, 0), (1, 0..4, 1), (2, 0..2, 5)]);
    }
}
