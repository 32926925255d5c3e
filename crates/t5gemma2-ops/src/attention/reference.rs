use burn::tensor::{Bool, Int, Tensor};

use super::AttentionMask;
use crate::product::product;

/// Softmax attention over `[batch, heads, len, d]` with an explicit `[batch, 1, len, keys]` mask of allowed pairs.
pub(crate) fn masked(
    q: Tensor<4>,
    k: Tensor<4>,
    v: Tensor<4>,
    allowed: Tensor<4, Bool>,
    scale: f32,
    softcap: Option<f32>,
) -> Tensor<2> {
    let [batch, heads, len, d] = q.dims();
    let [_, groups, keys, _] = k.dims();
    let grouped = |x: Tensor<4>| {
        x.reshape([batch, groups, 1, keys, d])
            .repeat_dim(2, heads / groups)
            .reshape([batch, heads, keys, d])
    };
    let mut scores = product(q, grouped(k)).mul_scalar(scale);
    if let Some(cap) = softcap {
        scores = scores.div_scalar(cap).tanh().mul_scalar(cap);
    }
    let allowed = allowed.expand([batch, heads, len, keys]);
    // A finite floor for the maximum: a row without any allowed key then sums to 0 instead of NaN.
    let scores = scores.mask_fill(allowed.clone().bool_not(), f32::MIN);
    let max = scores.clone().max_dim(3);
    let weights = (scores - max).exp() * allowed.float();
    let sum = weights.clone().sum_dim(3);
    let divisor = sum.clone().mask_fill(sum.equal_elem(0.0), 1.0);
    let out = product(weights / divisor, grouped(v).swap_dims(2, 3));
    out.swap_dims(1, 2).reshape([batch * len, heads * d])
}

pub(crate) fn attention(
    q: Tensor<4>,
    k: Tensor<4>,
    v: Tensor<4>,
    mask: &AttentionMask,
    scale: f32,
    softcap: Option<f32>,
) -> Tensor<2> {
    let device = q.device();
    let [batch, _, len, _] = q.dims();
    let keys = k.dims()[2];
    let query = Tensor::<1, Int>::arange(0..len as i64, &device).reshape([1, 1, len, 1]);
    let key = Tensor::<1, Int>::arange(0..keys as i64, &device).reshape([1, 1, 1, keys]);
    let dist = query - key;
    let mut allowed = match mask.window {
        Some((left, right)) => {
            let behind = dist
                .clone()
                .greater_equal_elem(0)
                .bool_and(dist.clone().lower_elem(left as i32));
            let ahead = dist
                .clone()
                .lower_elem(0)
                .bool_and(dist.neg().lower_elem(right as i32));
            behind.bool_or(ahead)
        }
        None => {
            dist.equal_elem(0)
                .bool_or(Tensor::<4, Bool>::full([1, 1, len, keys], true, &device))
        }
    };
    allowed = allowed.expand([batch, 1, len, keys]);
    if let Some(valid) = &mask.valid {
        let valid = valid.clone().not_equal_elem(0).reshape([batch, 1, 1, keys]);
        allowed = allowed.bool_and(valid.expand([batch, 1, len, keys]));
    }
    masked(q, k, v, allowed, scale, softcap)
}
