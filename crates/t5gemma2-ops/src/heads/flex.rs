use burn::backend::flex::FlexTensor;

use crate::append::flex::append;
use crate::backend::HeadsSpec;
use crate::cpu::threads::{for_rows, rows_of};
use crate::cpu::{contiguous, dims, floats, ints, tensor};
use crate::heads::HeadDims;
use crate::rms_norm::flex::add_normed;

/// Rows `[batch · len, cols]` that hold heads of `d` beside one another.
struct Rows<'a> {
    data: &'a [f32],
    cols: usize,
    batch: usize,
    d: usize,
}

impl Rows<'_> {
    /// `[batch, heads, len, d]` of the heads from `first` on; `make(row, head of the row, out)` adds to zeros.
    fn heads(
        &self,
        first: usize,
        heads: usize,
        make: impl Fn(usize, &[f32], &mut [f32]) + Sync,
    ) -> FlexTensor {
        let d = self.d;
        let len = self.data.len() / self.cols / self.batch;
        let mut out = vec![0.0; self.batch * heads * len * d];
        for_rows(&mut out, d, rows_of(16 * d, 1), |places, out| {
            for (place, out) in places.zip(out.chunks_exact_mut(d)) {
                let (batch, head) = (place / (heads * len), place / len % heads);
                let row = batch * len + place % len;
                let x = &self.data[row * self.cols + (first + head) * d..][..d];
                make(row, x, out);
            }
        });
        tensor(out, [self.batch, heads, len, d])
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
    let positions = ints(positions);
    // Cosines and sines of each row.
    let mut angles = vec![0.0; rows * d];
    let inv_freq = floats(&inv_freq);
    for_rows(&mut angles, d, rows_of(32 * d, 1), |range, angles| {
        for (row, angles) in range.zip(angles.chunks_exact_mut(d)) {
            let (cos, sin) = angles.split_at_mut(d / 2);
            for ((cos, sin), inv_freq) in cos.iter_mut().zip(sin).zip(inv_freq) {
                let angle = positions[row] as f32 * inv_freq;
                (*cos, *sin) = (angle.cos() * rope_scaling, angle.sin() * rope_scaling);
            }
        }
    });
    let qkv = Rows {
        data: floats(&qkv),
        cols,
        batch,
        d,
    };
    let turned = |first: usize, heads: usize, norm: &[f32]| {
        qkv.heads(first, heads, |row, x, out| {
            add_normed(x, norm, eps, out);
            let (cos, sin) = angles[row * d..][..d].split_at(d / 2);
            turn(out, cos, sin);
        })
    };
    let q = turned(0, query_heads, floats(&q_norm));
    let k = turned(query_heads, kv_heads, floats(&k_norm));
    let v = qkv.heads(query_heads + kv_heads, kv_heads, |_, x, out| {
        out.copy_from_slice(x)
    });
    (q, k, v)
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
    let [_, cols] = dims(&kv);
    let kv = Rows {
        data: floats(&kv),
        cols,
        batch,
        d,
    };
    let k = kv.heads(0, kv_heads, |_, x, out| {
        add_normed(x, floats(&k_norm), eps, out)
    });
    let v = kv.heads(kv_heads, kv_heads, |_, x, out| out.copy_from_slice(x));
    (k, v)
}
