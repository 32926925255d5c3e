//! How few rows of x go past the weights.

use crate::Storage;
use crate::backend::LinearPath;
use crate::gpu::{self, Bound, Param, each, each_sum};

use super::weights::with_steps;

/// Up to so many rows of `x` the weights are streamed past all of them at once; the sums of all rows must fit the
/// registers and workgroup memory of the kernels.
pub(super) const GEMV_ROWS: usize = 8;

/// Sums an invocation of the kernel with lanes keeps: with 256 invocations 16 fill the 16 KiB of workgroup memory that
/// every device has, and half of that leaves room for two workgroups.
const LANE_SUMS: usize = 8;

/// Sums an invocation of the kernel of whole rows keeps.
const ROW_SUMS: usize = 32;

/// How a GEMV is spread over invocations.
enum Spread {
    /// Lanes share a row, so that they load neighbouring words: what GPUs want.
    Lanes(usize),
    /// A row, or several, to an invocation, in workgroups of so many: what software adapters want.
    Rows(usize),
}

/// A GEMV.
pub(crate) struct Gemv {
    n: usize,
    spread: Spread,
    rows_each: usize,
    rows: usize,
    storage: Storage,
}

impl Gemv {
    /// For x of `n` rows, which each workgroup reads from memory.
    pub(crate) fn new(
        n: usize,
        cols: usize,
        rows: usize,
        storage: Storage,
        path: LinearPath,
    ) -> Self {
        if whole_rows(path) {
            // One pipeline for several counts of rows: those behind the last repeat it.
            return Self::of_rows(n.next_power_of_two(), 16, rows, storage);
        }
        // Wide outputs have workgroups enough to let an invocation take several rows.
        Self::of_lanes(n, cols, rows, storage, if rows >= 2048 { 4 } else { 1 })
    }

    /// For x that each workgroup makes first: fewer workgroups.
    pub(crate) fn normed(
        n: usize,
        cols: usize,
        rows: usize,
        storage: Storage,
        path: LinearPath,
    ) -> Self {
        if whole_rows(path) {
            return Self::of_rows(n, 32, rows, storage);
        }
        Self::of_lanes(n, cols, rows, storage, if rows >= 512 { 4 } else { 2 })
    }

    fn of_rows(n: usize, size: usize, rows: usize, storage: Storage) -> Self {
        Self {
            n,
            spread: Spread::Rows(size),
            rows_each: (ROW_SUMS / n.next_power_of_two()).min(8),
            rows,
            storage,
        }
    }

    fn of_lanes(n: usize, cols: usize, rows: usize, storage: Storage, wide: usize) -> Self {
        assert!(
            n <= GEMV_ROWS,
            "the GEMV kernel takes up to {GEMV_ROWS} rows, not {n}"
        );
        // Neighbouring invocations load neighbouring quads: as many as give each of them a few, so that few sums are left.
        let lanes = match cols.div_ceil(4) {
            0..64 => 8,
            64..128 => 16,
            _ => 32,
        };
        Self {
            n,
            spread: Spread::Lanes(lanes),
            rows_each: wide.min(LANE_SUMS / n.next_power_of_two()).max(1),
            rows,
            storage,
        }
    }

    pub(crate) fn launch(self, kernel: Bound<'_>, params: &[Param]) {
        let Self { n, rows_each, .. } = self;
        let kernel = kernel.constant("N", n).constant("ROWS", rows_each);
        match self.spread {
            Spread::Lanes(lanes) => {
                let groups = gpu::fold(self.rows.div_ceil(256 / lanes * rows_each));
                kernel
                    .source(include_str!("gemv.wgsl"))
                    .source(match gpu::adapter().subgroups {
                        true => include_str!("teams_subgroups.wgsl"),
                        false => include_str!("teams.wgsl"),
                    })
                    .constant("LANES", lanes)
                    .launch(256, groups, params);
            }
            Spread::Rows(size) => {
                let groups = gpu::fold(self.rows.div_ceil(size * rows_each));
                with_steps(kernel, self.storage)
                    .source(include_str!("gemv_rows.wgsl"))
                    .constant("SIZE", size)
                    .constant("SUMS", each_sum(n, rows_each, "var s{i}_{r} = 0.0;"))
                    .constant(
                        "INPUTS",
                        each(n, "i", "let x{i} = inputs({i}u, step, start);"),
                    )
                    .constant("PRODUCTS", products(n, rows_each))
                    .constant(
                        "TOTALS",
                        each_sum(n, rows_each, "totals[{i}u * ROWS + {r}u] = s{i}_{r};"),
                    )
                    .launch(size as u32, groups, params);
            }
        }
    }
}

/// Measured on SwiftShader: lanes that share a row and meet at a barrier reach a thirtieth of the rate of whole rows.
fn whole_rows(path: LinearPath) -> bool {
    match path {
        LinearPath::GemvRows => true,
        LinearPath::GemvLanes => false,
        _ => gpu::adapter().software,
    }
}

fn products(n: usize, rows: usize) -> String {
    let sums = each(n, "i", "s{i}_{r} += product(w, x{i});");
    each(
        rows,
        "r",
        &format!("{{ let w = step_weights(weight_row(own, {{r}}u), step);\n{sums} }}"),
    )
}
