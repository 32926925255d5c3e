//! Softmax attention on the CPU, over one or more segments of keys that share one softmax.
//!
//! Queries are taken in blocks, so no `[len, keys]` matrix is ever held. A block with few rows (a decoding step) runs
//! dot products and scaled sums over keys and values where they lie, each read once for all heads of a group; a larger
//! one runs two matrix multiplications a head.

mod block;
mod few;
mod many;
mod softmax;

use core::ops::Range;

use burn::backend::flex::FlexTensor;

use self::block::Block;
use self::few::few;
use self::many::many;
use super::threads::for_parts;
use super::{contiguous, dims, floats, tensor};
use crate::backend::AttentionPath;

/// Queries of a block: its scores over 4096 keys are 1 MiB, about a second-level cache.
const QUERY_BLOCK: usize = 64;
/// Of short inputs, which would be too few blocks for several threads.
const SMALL_QUERY_BLOCK: usize = 32;
/// Up to so many queries a block takes the path without matrix multiplications.
const FEW_QUERIES: usize = 8;

/// Keys and values `[batch, kv_heads, keys, d]`; a batch row may serve several neighbouring ones of the queries.
pub(crate) struct Segment {
    k: FlexTensor,
    v: FlexTensor,
}

impl Segment {
    pub(crate) fn new(k: FlexTensor, v: FlexTensor) -> Self {
        Self {
            k: contiguous(k),
            v: contiguous(v),
        }
    }
}

/// Which keys queries see.
pub(crate) trait Visibility {
    /// Keys of a segment outside which none of these queries sees anything.
    fn range(&self, segment: usize, queries: Range<usize>) -> Range<usize>;

    /// Whether all of that range is visible to all queries of all batch rows.
    fn is_everything(&self, segment: usize) -> bool;

    /// Set `out[i]` to 1 or 0: is key `keys.start + i` visible?
    fn row(&self, batch: usize, query: usize, segment: usize, keys: Range<usize>, out: &mut [f32]);
}

/// How scores are made from `q · k`.
#[derive(Clone, Copy)]
pub(crate) struct Scores {
    pub(crate) scale: f32,
    pub(crate) softcap: Option<f32>,
}

/// A segment's elements.
struct Side<'a> {
    k: &'a [f32],
    v: &'a [f32],
    /// Batch rows of the queries to one of these.
    shared_by: usize,
    kv_heads: usize,
    keys: usize,
    d: usize,
}

impl<'a> Side<'a> {
    /// For queries of `batch` rows.
    fn new(segment: &'a Segment, batch: usize) -> Self {
        let [own, kv_heads, keys, d] = dims(&segment.k);
        let (k, v) = (floats(&segment.k), floats(&segment.v));
        Self {
            k,
            v,
            shared_by: batch / own.max(1),
            kv_heads,
            keys,
            d,
        }
    }

    /// Keys and values of a head, `[keys, d]` each.
    fn head(&self, batch: usize, kv_head: usize) -> [&'a [f32]; 2] {
        let size = self.keys * self.d;
        let first = (batch / self.shared_by * self.kv_heads + kv_head) * size;
        [self.k, self.v].map(|side| &side[first..first + size])
    }
}

/// Queries `[batch, heads, len, d]`, and the shape of the result.
#[derive(Clone, Copy)]
struct Queries<'a> {
    data: &'a [f32],
    batch: usize,
    heads: usize,
    len: usize,
    d: usize,
}

impl Queries<'_> {
    /// Where a query begins, and where in the result its answer does.
    fn start(&self, batch: usize, head: usize, query: usize) -> (usize, usize) {
        let at = ((batch * self.heads + head) * self.len + query) * self.d;
        let place = ((batch * self.len + query) * self.heads + head) * self.d;
        (at, place)
    }

    /// The query, and where in the result its answer goes.
    fn place(&self, batch: usize, head: usize, query: usize) -> (&[f32], Range<usize>) {
        let (at, place) = self.start(batch, head, query);
        (&self.data[at..at + self.d], place..place + self.d)
    }
}

/// `q` `[batch, heads, len, d]` -> `[batch · len, heads · d]`
pub(crate) fn attend(
    q: FlexTensor,
    segments: &[Segment],
    scores: Scores,
    visible: &(impl Visibility + Sync),
    path: AttentionPath,
) -> FlexTensor {
    let most = match path {
        AttentionPath::Auto | AttentionPath::Rows => FEW_QUERIES,
        AttentionPath::Few => usize::MAX,
        AttentionPath::Blocks => 0,
    };
    let q = contiguous(q);
    let [batch, heads, len, d] = dims(&q);
    let q = Queries {
        data: floats(&q),
        batch,
        heads,
        len,
        d,
    };
    let sides: Vec<Side> = segments
        .iter()
        .map(|segment| Side::new(segment, batch))
        .collect();
    let mut out = vec![0.0; batch * len * heads * d];
    let size = if len <= 4 * QUERY_BLOCK {
        SMALL_QUERY_BLOCK
    } else {
        QUERY_BLOCK
    };
    let blocks = len.div_ceil(size);
    let block = |index: usize| {
        let first = index % blocks * size;
        Block::new(
            index / blocks,
            first..len.min(first + size),
            &sides,
            visible,
        )
    };
    if len.min(size) <= most {
        for index in 0..q.batch * blocks {
            few(&q, &block(index), &sides, scores, &mut out);
        }
    } else {
        for_parts(&mut out, batch * blocks, |index, out| {
            many(&q, &block(index), &sides, scores, out);
        });
    }
    tensor(out, [batch * len, heads * d])
}
