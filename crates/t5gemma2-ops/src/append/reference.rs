use burn::tensor::{Int, Tensor};

/// Each slot picks the newest row that falls on it, or keeps what it has.
pub(crate) fn append(cache: Tensor<4>, new: Tensor<4>, total: Tensor<1, Int>) -> Tensor<4> {
    let device = cache.device();
    let [batch, heads, slots, d] = cache.dims();
    let len = new.dims()[2];
    // Slot j takes row i where (total - len + i) mod slots = j and i is the greatest such below len.
    let slot = Tensor::<1, Int>::arange(0..slots as i64, &device);
    let newest = total.sub_scalar(1);
    let row = (newest - slot)
        .remainder_scalar(slots as i32)
        .neg()
        .add_scalar(len as i32 - 1);
    let taken = row
        .clone()
        .greater_equal_elem(0)
        .reshape([1, 1, slots, 1])
        .expand([batch, heads, slots, d]);
    let rows = new.select(2, row.clamp_min(0));
    cache.mask_where(taken, rows)
}
