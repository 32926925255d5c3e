use burn::tensor::kind::Basic;
use burn::tensor::{Bool, Int, Tensor};

use super::MergedAttention;
use crate::attention::reference::masked;

pub(crate) fn merged_attention(inputs: MergedAttention) -> Tensor<2> {
    let MergedAttention {
        q,
        self_k,
        self_v,
        self_valid,
        encoder_k,
        encoder_v,
        encoder_valid,
        total,
        window,
        scale,
        softcap,
    } = inputs;
    let device = q.device();
    let [batch, _, len, _] = q.dims();
    let (slots, keys) = (self_k.dims()[2], encoder_k.dims()[2]);
    let shared_by = batch / encoder_k.dims()[0];
    let encoder_valid = encoder_valid.map(|valid| repeated(valid, shared_by));
    let (encoder_k, encoder_v) = (
        repeated(encoder_k, shared_by),
        repeated(encoder_v, shared_by),
    );

    let total = total.reshape([1, 1, 1, 1]);
    let last = total.clone().sub_scalar(1);
    let slot = Tensor::<1, Int>::arange(0..slots as i64, &device).reshape([1, 1, 1, slots]);
    let held = last.clone() - (last - slot).remainder_scalar(slots as i32);
    let query = Tensor::<1, Int>::arange(0..len as i64, &device).reshape([1, 1, len, 1])
        + total.sub_scalar(len as i32);
    let age = query - held.clone();
    let mut own = age
        .clone()
        .greater_equal_elem(0)
        .bool_and(held.greater_equal_elem(0).expand([1, 1, len, slots]));
    if let Some(window) = window {
        own = own.bool_and(age.lower_elem(window as i32));
    }
    let mut own = own.expand([batch, 1, len, slots]);
    if let Some(valid) = self_valid {
        own = own.bool_and(visible(valid, len));
    }
    let other = match encoder_valid {
        Some(valid) => visible(valid, len),
        None => Tensor::full([batch, 1, len, keys], true, &device),
    };
    let allowed = Tensor::cat(vec![own, other], 3);
    masked(
        q,
        Tensor::cat(vec![self_k, encoder_k], 2),
        Tensor::cat(vec![self_v, encoder_v], 2),
        allowed,
        scale,
        softcap,
    )
}

/// `[batch, keys]` of 0 and others to `[batch, 1, len, keys]`.
fn visible(valid: Tensor<2, Int>, len: usize) -> Tensor<4, Bool> {
    let [batch, keys] = valid.dims();
    valid
        .not_equal_elem(0)
        .reshape([batch, 1, 1, keys])
        .expand([batch, 1, len, keys])
}

/// Each row `times` times, next to each other.
fn repeated<const D: usize, K: Basic>(tensor: Tensor<D, K>, times: usize) -> Tensor<D, K> {
    let rows = (0..tensor.dims()[0])
        .flat_map(|row| core::iter::repeat_n(tensor.clone().narrow(0, row, 1), times))
        .collect();
    Tensor::cat(rows, 0)
}
