use burn::backend::flex::FlexTensor;

use crate::append::flex::append;
use crate::backend::HeadsSpec;
use crate::cpu::{contiguous, dims, floats, ints, tensor};
use crate::heads::HeadDims;
use crate::rms_norm::flex::add_normed;

/// Output of one of q, k, v: `[batch, heads, len, d]`.
struct Heads {
    data: Vec<f32>,
    heads: usize,
    len: usize,
    d: usize,
}

impl Heads {
    fn new(batch: usize, heads: usize, len: usize, d: usize) -> Self {
        Self {
            data: vec![0.0; batch * heads * len * d],
            heads,
            len,
            d,
        }
    }

    /// The head of row `row` (of batch · len).
    fn at(&mut self, row: usize, head: usize) -> &mut [f32] {
        let (batch, position) = (row / self.len, row % self.len);
        let first = ((batch * self.heads + head) * self.len + position) * self.d;
        &mut self.data[first..first + self.d]
    }

    fn finish(self, batch: usize) -> FlexTensor {
        tensor(self.data, [batch, self.heads, self.len, self.d])
    }
}

pub(crate) fn qkv_heads(
    qkv: FlexTensor,
    q_norm: FlexTensor,
    k_norm: FlexTensor,
    positions: &FlexTensor,
    inv_freq: FlexTensor,
    spec: HeadsSpec,
) -> (FlexTensor, FlexTensor, FlexTensor) {
    let (qkv, q_norm, k_norm, inv_freq) = (
        contiguous(qkv),
        contiguous(q_norm),
        contiguous(k_norm),
        contiguous(inv_freq),
    );
    let HeadsSpec {
        dims:
            HeadDims {
                query_heads,
                kv_heads,
                head_dim: d,
            },
        batch,
        eps,
        rope_scaling,
    } = spec;
    let [rows, cols] = dims(&qkv);
    let len = rows / batch;
    let mut q = Heads::new(batch, query_heads, len, d);
    let mut k = Heads::new(batch, kv_heads, len, d);
    let mut v = Heads::new(batch, kv_heads, len, d);
    let (mut cos, mut sin) = (vec![0.0; d / 2], vec![0.0; d / 2]);
    for ((row, x), position) in floats(&qkv)
        .chunks_exact(cols)
        .enumerate()
        .zip(ints(positions))
    {
        for ((cos, sin), inv_freq) in cos.iter_mut().zip(&mut sin).zip(floats(&inv_freq)) {
            let angle = position as f32 * inv_freq;
            (*cos, *sin) = (angle.cos() * rope_scaling, angle.sin() * rope_scaling);
        }
        for (index, x) in x.chunks_exact(d).enumerate() {
            let (out, norm) = if index < query_heads {
                (q.at(row, index), &q_norm)
            } else if index < query_heads + kv_heads {
                (k.at(row, index - query_heads), &k_norm)
            } else {
                v.at(row, index - query_heads - kv_heads).copy_from_slice(x);
                continue;
            };
            add_normed(x, floats(norm), eps, out);
            turn(out, &cos, &sin);
        }
    }
    (q.finish(batch), k.finish(batch), v.finish(batch))
}

/// The heads by themselves, then two copies: a step's worth of both is small.
pub(crate) fn heads_into(
    qkv: FlexTensor,
    norms: FlexTensor,
    positions: &FlexTensor,
    inv_freq: FlexTensor,
    (keys, values): (FlexTensor, FlexTensor),
    total: &FlexTensor,
    spec: HeadsSpec,
) -> (FlexTensor, FlexTensor, FlexTensor) {
    let norms = contiguous(norms);
    let d = spec.dims.head_dim;
    let norm = |row: usize| tensor(floats(&norms)[row * d..][..d].to_vec(), [d]);
    let (q, k, v) = qkv_heads(qkv, norm(0), norm(1), positions, inv_freq, spec);
    (q, append(keys, k, total), append(values, v, total))
}

fn turn(x: &mut [f32], cos: &[f32], sin: &[f32]) {
    let (low, high) = x.split_at_mut(cos.len());
    for (((low, high), cos), sin) in low.iter_mut().zip(high).zip(cos).zip(sin) {
        (*low, *high) = (*low * cos - *high * sin, *high * cos + *low * sin);
    }
}

pub(crate) fn kv_heads(
    kv: FlexTensor,
    k_norm: FlexTensor,
    spec: HeadsSpec,
) -> (FlexTensor, FlexTensor) {
    let (kv, k_norm) = (contiguous(kv), contiguous(k_norm));
    let HeadsSpec {
        dims: HeadDims {
            kv_heads,
            head_dim: d,
            ..
        },
        batch,
        eps,
        ..
    } = spec;
    let [rows, cols] = dims(&kv);
    let len = rows / batch;
    let mut k = Heads::new(batch, kv_heads, len, d);
    let mut v = Heads::new(batch, kv_heads, len, d);
    for (row, x) in floats(&kv).chunks_exact(cols).enumerate() {
        let (keys, values) = x.split_at(kv_heads * d);
        for (head, (key, value)) in keys.chunks_exact(d).zip(values.chunks_exact(d)).enumerate() {
            add_normed(key, floats(&k_norm), eps, k.at(row, head));
            v.at(row, head).copy_from_slice(value);
        }
    }
    (k.finish(batch), v.finish(batch))
}
