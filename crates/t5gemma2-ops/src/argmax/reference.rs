use burn::tensor::{Int, Tensor};

/// Plain operations leave the choice among equal values to the backend, so the first is found by its index.
pub(crate) fn argmax(logits: Tensor<2>) -> Tensor<1, Int> {
    let device = logits.device();
    let [n, cols] = logits.dims();
    let nan = logits.clone().is_nan();
    let logits = logits.mask_fill(nan.clone(), f32::NEG_INFINITY);
    let max = logits.clone().max_dim(1);
    let wins = logits.equal(max.expand([n, cols])).bool_and(nan.bool_not());
    let index = Tensor::<1, Int>::arange(0..cols as i64, &device)
        .reshape([1, cols])
        .expand([n, cols]);
    let first = index.mask_fill(wins.bool_not(), cols as i32).min_dim(1);
    let none = first.clone().equal_elem(cols as i32);
    first.mask_fill(none, 0).reshape([n])
}
