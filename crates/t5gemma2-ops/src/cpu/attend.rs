//! Softmax attention on the CPU, over one or more segments of keys that share one softmax.
//!
//! Queries are taken in blocks, so no `[len, keys]` matrix is ever held. A block with few rows (a decoding step) runs
//! dot products and scaled sums over keys and values where they lie, each read once for all heads of a group; a larger
//! one runs two matrix multiplications a head.

use core::ops::Range;

use burn::backend::Flex;
use burn::backend::flex::{FlexTensor, Layout};
use burn::backend::ops::FloatTensorOps;
use burn::tensor::Shape;

use super::{contiguous, dims, exp, floats, lanes, tensor};
use crate::backend::AttentionPath;

/// Queries of a block: its scores over 4096 keys are 1 MiB, about a second-level cache.
const QUERY_BLOCK: usize = 64;
/// Up to so many queries a block takes the path without matrix multiplications.
const FEW_QUERIES: usize = 8;

/// Keys and values `[batch, kv_heads, keys, d]`.
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

/// `q` `[batch, heads, len, d]` -> `[batch · len, heads · d]`
pub(crate) fn attend(
    q: FlexTensor,
    segments: &[Segment],
    scores: Scores,
    visible: &impl Visibility,
    path: AttentionPath,
) -> FlexTensor {
    let few = match path {
        AttentionPath::Auto | AttentionPath::Rows => FEW_QUERIES,
        AttentionPath::Few => usize::MAX,
        AttentionPath::Blocks => 0,
    };
    let q = contiguous(q);
    let [batch, heads, len, d] = dims(&q);
    let kv_heads = segments
        .first()
        .map_or(1, |segment| dims::<4>(&segment.k)[1]);
    let mut out = vec![0.0; batch * len * heads * d];
    for b in 0..batch {
        for first in (0..len).step_by(QUERY_BLOCK) {
            let queries = first..len.min(first + QUERY_BLOCK);
            let block = Block::new(b, queries, segments, visible);
            for kv_head in 0..kv_heads {
                let group = heads / kv_heads;
                let group = kv_head * group..(kv_head + 1) * group;
                if block.queries.len() <= few {
                    block.few(&q, segments, scores, kv_head, group, &mut out);
                } else {
                    group
                        .for_each(|head| block.many(&q, segments, scores, kv_head, head, &mut out));
                }
            }
        }
    }
    tensor(out, [batch * len, heads * d])
}

/// A block of queries of one batch row.
struct Block {
    batch: usize,
    queries: Range<usize>,
    /// Keys of each segment that the block looks at.
    ranges: Vec<Range<usize>>,
    /// Sum of their lengths.
    width: usize,
    /// `[queries, width]` of 1 and 0; absent when all is visible.
    mask: Option<Vec<f32>>,
}

impl Block {
    fn new(
        batch: usize,
        queries: Range<usize>,
        segments: &[Segment],
        visible: &impl Visibility,
    ) -> Self {
        let ranges: Vec<_> = (0..segments.len())
            .map(|segment| visible.range(segment, queries.clone()))
            .collect();
        let width: usize = ranges.iter().map(ExactSizeIterator::len).sum();
        let everything = (0..segments.len()).all(|segment| visible.is_everything(segment));
        let mask = (!everything).then(|| {
            let mut mask = vec![0.0; queries.len() * width];
            for (query, row) in queries.clone().zip(mask.chunks_exact_mut(width.max(1))) {
                let mut rest = row;
                for (segment, keys) in ranges.iter().enumerate() {
                    let (part, later) = rest.split_at_mut(keys.len());
                    visible.row(batch, query, segment, keys.clone(), part);
                    rest = later;
                }
            }
            mask
        });
        Self {
            batch,
            queries,
            ranges,
            width,
            mask,
        }
    }

    fn mask_row(&self, query: usize) -> Option<&[f32]> {
        self.mask
            .as_ref()
            .map(|mask| &mask[query * self.width..][..self.width])
    }

    /// Where in `out` query `query` (of the block) of a head goes.
    fn place(&self, query: usize, head: usize, q: &FlexTensor) -> Range<usize> {
        let [_, heads, len, d] = dims(q);
        let first = ((self.batch * len + self.queries.start + query) * heads + head) * d;
        first..first + d
    }

    fn few(
        &self,
        q: &FlexTensor,
        segments: &[Segment],
        scores: Scores,
        kv_head: usize,
        group: Range<usize>,
        out: &mut [f32],
    ) {
        let [_, heads, len, d] = dims(q);
        let rows: Vec<(usize, usize)> = group
            .flat_map(|head| (0..self.queries.len()).map(move |query| (head, query)))
            .collect();
        let mut weights = vec![0.0; rows.len() * self.width];
        let mut column = 0;
        for (segment, keys) in segments.iter().zip(&self.ranges) {
            let k = self.head_rows(&segment.k, kv_head);
            let row = |key: usize| &k[key * d..][..d];
            for_quads(keys.clone(), |first, size| {
                for (index, &(head, query)) in rows.iter().enumerate() {
                    let at = ((self.batch * heads + head) * len + self.queries.start + query) * d;
                    let q = &floats(q)[at..at + d];
                    let out =
                        &mut weights[index * self.width + column + first - keys.start..][..size];
                    match size {
                        4 => out.copy_from_slice(&lanes::dot::<4>(
                            q,
                            core::array::from_fn(|key| row(first + key)),
                        )),
                        _ => out
                            .iter_mut()
                            .enumerate()
                            .for_each(|(key, out)| [*out] = lanes::dot(q, [row(first + key)])),
                    }
                }
            });
            column += keys.len();
        }
        for (weights, &(_, query)) in weights.chunks_exact_mut(self.width.max(1)).zip(&rows) {
            let factor = softmax(weights, self.mask_row(query), scores);
            weights.iter_mut().for_each(|weight| *weight *= factor);
        }
        let mut column = 0;
        for (segment, keys) in segments.iter().zip(&self.ranges) {
            let v = self.head_rows(&segment.v, kv_head);
            let row = |key: usize| &v[key * d..][..d];
            for_quads(keys.clone(), |first, size| {
                for (index, &(head, query)) in rows.iter().enumerate() {
                    let weights =
                        &weights[index * self.width + column + first - keys.start..][..size];
                    let out = &mut out[self.place(query, head, q)];
                    match weights {
                        &[a, b, c, e] => lanes::add_scaled::<4>(
                            out,
                            [a, b, c, e],
                            core::array::from_fn(|key| row(first + key)),
                        ),
                        _ => weights.iter().enumerate().for_each(|(key, &weight)| {
                            lanes::add_scaled(out, [weight], [row(first + key)])
                        }),
                    }
                }
            });
            column += keys.len();
        }
    }

    fn many(
        &self,
        q: &FlexTensor,
        segments: &[Segment],
        scores: Scores,
        kv_head: usize,
        head: usize,
        out: &mut [f32],
    ) {
        let [_, heads, len, d] = dims(q);
        let count = self.queries.len();
        let at = ((self.batch * heads + head) * len + self.queries.start) * d;
        let q_rows = view(q, [count, d], [d, 1], at);
        let mut weights = vec![0.0; count * self.width];
        let mut column = 0;
        for (segment, keys) in segments.iter().zip(&self.ranges) {
            if keys.is_empty() {
                continue;
            }
            let at = self.first(&segment.k, kv_head) + keys.start * d;
            let k = view(&segment.k, [d, keys.len()], [1, d], at);
            let product = contiguous(Flex::float_matmul(q_rows.clone(), k));
            for (product, weights) in floats(&product)
                .chunks_exact(keys.len())
                .zip(weights.chunks_exact_mut(self.width))
            {
                weights[column..column + keys.len()].copy_from_slice(product);
            }
            column += keys.len();
        }
        let mut factors = vec![0.0; count];
        for (query, (weights, factor)) in weights
            .chunks_exact_mut(self.width.max(1))
            .zip(&mut factors)
            .enumerate()
        {
            *factor = softmax(weights, self.mask_row(query), scores);
        }
        let weights = tensor(weights, [count, self.width]);
        let mut column = 0;
        for (segment, keys) in segments.iter().zip(&self.ranges) {
            if keys.is_empty() {
                continue;
            }
            let at = self.first(&segment.v, kv_head) + keys.start * d;
            let v = view(&segment.v, [keys.len(), d], [d, 1], at);
            let part = view(&weights, [count, keys.len()], [self.width, 1], column);
            let product = contiguous(Flex::float_matmul(part, v));
            for (query, product) in floats(&product).chunks_exact(d).enumerate() {
                let out = &mut out[self.place(query, head, q)];
                out.iter_mut()
                    .zip(product)
                    .for_each(|(out, product)| *out += product * factors[query]);
            }
            column += keys.len();
        }
    }

    /// First element of a head's rows.
    fn first(&self, keys: &FlexTensor, kv_head: usize) -> usize {
        let [_, kv_heads, len, d] = dims(keys);
        (self.batch * kv_heads + kv_head) * len * d
    }

    fn head_rows<'a>(&self, keys: &'a FlexTensor, kv_head: usize) -> &'a [f32] {
        &floats(keys)[self.first(keys, kv_head)..]
    }
}

/// A strided view that starts `at` elements into a contiguous tensor.
fn view(tensor: &FlexTensor, shape: [usize; 2], strides: [usize; 2], at: usize) -> FlexTensor {
    let offset = tensor.layout().start_offset() + at;
    tensor.clone().with_layout(Layout::new(
        Shape::from(shape),
        strides.map(|x| x as isize).to_vec(),
        offset,
    ))
}

/// Fours of keys, then what is left over.
fn for_quads(keys: Range<usize>, mut f: impl FnMut(usize, usize)) {
    for first in keys.clone().step_by(4) {
        f(first, 4.min(keys.end - first));
    }
}

/// Turn `q · k` into weights in place and return the factor (1 / sum) that is still to be applied; 0 when nothing is
/// visible.
fn softmax(row: &mut [f32], mask: Option<&[f32]>, scores: Scores) -> f32 {
    match scores.softcap {
        Some(cap) => row
            .iter_mut()
            .for_each(|x| *x = cap * exp::tanh(*x * scores.scale / cap)),
        None => row.iter_mut().for_each(|x| *x *= scores.scale),
    }
    if let Some(mask) = mask {
        row.iter_mut()
            .zip(mask)
            .for_each(|(x, &visible)| *x = if visible != 0.0 { *x } else { f32::MIN });
    }
    let max = row
        .iter()
        .fold(f32::MIN, |max, &x| if x > max { x } else { max });
    row.iter_mut().for_each(|x| *x = exp::exp(*x - max));
    if let Some(mask) = mask {
        row.iter_mut()
            .zip(mask)
            .for_each(|(x, &visible)| *x *= visible);
    }
    let sum = lanes::sum(row);
    if sum > 0.0 { 1.0 / sum } else { 0.0 }
}
