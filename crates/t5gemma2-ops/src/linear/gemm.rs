//! How many rows of x meet the weights: in tiles.

use crate::backend::LinearPath;
use crate::gpu::{self, Bound, Param, each, each_sum};

/// Output columns of a tile that a workgroup shares.
const TILE: usize = 64;

/// Rows of x and of the weights to an invocation of the kernel without sharing. A load costs a software adapter as much as
/// some thirty products, so more would be faster still, but compiling them takes seconds.
const ROWS: [usize; 2] = [16, 8];
/// Invocations a workgroup of it.
const SIZE: usize = 16;

/// Queue the GEMM of `n` rows of x with `rows` weight rows.
pub(super) fn gemm(kernel: Bound<'_>, [n, rows]: [usize; 2], path: LinearPath, params: &[Param]) {
    let whole_rows = match path {
        LinearPath::GemmRows => true,
        LinearPath::GemmTiles => false,
        _ => gpu::adapter().software,
    };
    if whole_rows {
        return gemm_rows(kernel, [n, rows], params);
    }
    // A tile taller than x would compute rows that are thrown away.
    let each = n.div_ceil(16).next_power_of_two().min(4);
    let [x, y] = [rows.div_ceil(TILE), n.div_ceil(16 * each)].map(|count| count as u32);
    kernel
        .source(include_str!("gemm.wgsl"))
        .constant("X_EACH", each)
        .launch(256, [x, y, 1], params);
}

fn gemm_rows(kernel: Bound<'_>, [n, rows]: [usize; 2], params: &[Param]) {
    let [x_rows, weight_rows] = ROWS;
    let groups = [rows.div_ceil(SIZE * weight_rows), n.div_ceil(x_rows)].map(|count| count as u32);
    let products = format!(
        "{{ let w = load_weights(w_first + {{r}}u, quad);\n{} }}",
        each(x_rows, "i", "s{i}_{r} += dot(w, x{i});")
    );
    kernel
        .source(include_str!("gemm_rows.wgsl"))
        .constant("X_ROWS", x_rows)
        .constant("ROWS", weight_rows)
        .constant("SIZE", SIZE)
        .constant("SUMS", each_sum(x_rows, weight_rows, "var s{i}_{r} = 0.0;"))
        .constant(
            "INPUTS",
            each(x_rows, "i", "let x{i} = load_x(x_first + {i}u, quad);"),
        )
        .constant("PRODUCTS", each(weight_rows, "r", &products))
        .constant(
            "TOTALS",
            each_sum(
                x_rows,
                weight_rows,
                "totals[{i}u * ROWS + {r}u] = s{i}_{r};",
            ),
        )
        .launch(SIZE as u32, [groups[0], groups[1], 1], params);
}
