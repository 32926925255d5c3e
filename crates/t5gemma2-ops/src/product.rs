//! The references' product of matrices.

use burn::tensor::Tensor;

/// `x · wᵀ` from elementwise operations, row by row: burn's own would bring its kernels for every dtype into the binaries.
///
/// # Shapes
/// `x` `[..., n, cols]`, `w` `[..., rows, cols]` -> `[..., n, rows]`
pub(crate) fn product<const D: usize>(x: Tensor<D>, w: Tensor<D>) -> Tensor<D> {
    let (row, col) = (D - 2, D - 1);
    let rows = (0..x.dims()[row])
        .map(|index| x.clone().narrow(row, index, 1) * w.clone())
        .map(|products| products.sum_dim(col).swap_dims(row, col));
    Tensor::cat(rows.collect(), row)
}
