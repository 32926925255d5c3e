//! Matrix multiplication of many rows, straight from and into strided memory.

use super::threads::Columns;

/// A matrix within a slice: `[i, j]` is at `i * strides[0] + j * strides[1]`.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub data: &'a [f32],
    pub strides: [usize; 2],
}

impl<'a> View<'a> {
    /// Rows of `width` after one another.
    pub(crate) fn rows(data: &'a [f32], width: usize) -> Self {
        let strides = [width, 1];
        Self { data, strides }
    }

    /// The transpose of the same.
    pub(crate) fn columns(data: &'a [f32], width: usize) -> Self {
        let strides = [1, width];
        Self { data, strides }
    }

    fn check(&self, [rows, cols]: [usize; 2]) {
        let last = (rows - 1) * self.strides[0] + (cols - 1) * self.strides[1];
        assert!(
            last < self.data.len(),
            "a {rows} x {cols} matrix in {} elements",
            self.data.len()
        );
    }
}

/// `out = a · b` for `a` `[m, k]` and `b` `[k, n]`, into `n` columns from `column` on of the first `m` rows of `out`.
pub(crate) fn multiply(a: View, b: View, [m, n, k]: [usize; 3], out: &mut Columns, column: usize) {
    if m == 0 || n == 0 || k == 0 {
        return (0..m).for_each(|row| out.row(row, column, n).fill(0.0));
    }
    a.check([m, k]);
    b.check([k, n]);
    // Checks that the first and the last of the rows are there.
    let stride = out.width();
    let _ = out.row(m - 1, column, n);
    let first = out.row(0, column, n).as_mut_ptr();
    let strides = |view: View| view.strides.map(usize::cast_signed);
    let ([a_rows, a_cols], [b_rows, b_cols]) = (strides(a), strides(b));
    // SAFETY: all that is read lies within the views, and all that is written within columns of `out`, which are ours.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            first,
            1,
            stride.cast_signed(),
            false,
            a.data.as_ptr(),
            a_cols,
            a_rows,
            b.data.as_ptr(),
            b_cols,
            b_rows,
            0.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}
