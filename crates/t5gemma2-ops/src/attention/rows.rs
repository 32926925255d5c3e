//! The kernel for software adapters.

use crate::gpu::{Kernel, each, each_sum};

/// Invocations a workgroup.
const SIZE: usize = 16;
/// Keys to an invocation.
const KEYS: usize = 4;
/// The most rows to a workgroup.
const MOST_ROWS: usize = 8;

/// Workgroups that the kernel takes for `rows` queries of the heads that share a key head.
pub(super) fn groups(rows: usize) -> usize {
    rows.div_ceil(rows_each(rows))
}

fn rows_each(rows: usize) -> usize {
    rows.next_power_of_two().min(MOST_ROWS)
}

/// The kernel of `sources` besides, for heads of `d` columns.
pub(super) fn kernel(sources: &[&'static str], rows: usize, d: usize) -> Kernel {
    let rows = rows_each(rows);
    let quads = d.div_ceil(4).div_ceil(SIZE);
    let product = format!(
        "{{ let key = key_at(batch, kv_head, min(own + {{r}}u, range.y - 1u), quad);\n{} }}",
        each(rows, "i", "s{i}_{r} += dot(q{i}, key);")
    );
    let faded = format!(
        "sum{{i}} *= fades[{{i}}];\n{}",
        each(quads, "r", "r{i}_{r} *= fades[{i}];")
    );
    let weighted = format!(
        "{{ let weight = weights[key * ROWS + {{i}}u];\nsum{{i}} += weight;\n{} }}",
        each(quads, "r", "r{i}_{r} += weight * v{r};")
    );
    let finish = format!(
        "{}\nstore_values(batch, kv_head, first, {{r}}u * SIZE + local, group.z);",
        each(rows, "i", "values[{i}] = r{i}_{r};")
    );
    let finish = [
        each(rows, "i", "sums[{i}] = sum{i};"),
        each(quads, "r", &finish),
    ];
    let [queries, values] = [
        "let q{i} = load_q(q_first + min(first + {i}u, q_rows - 1u), quad);",
        "let v{r} = value_at(batch, kv_head, tile + key, min({r}u * SIZE + local, HEAD_QUADS - 1u));",
    ];
    let sources = [sources, &[include_str!("rows.wgsl")]].concat();
    Kernel::new(&sources, SIZE as u32)
        .constant("SIZE", SIZE)
        .constant("ROWS", rows)
        .constant("KEYS", KEYS)
        .constant("SUMS", each(rows, "i", "var sum{i} = 0.0;"))
        .constant(
            "RESULTS",
            each_sum(rows, quads, "var r{i}_{r} = vec4<f32>();"),
        )
        .constant("SCORES", each_sum(rows, KEYS, "var s{i}_{r} = 0.0;"))
        .constant("QUERIES", each(rows, "i", queries))
        .constant("PRODUCTS", each(KEYS, "r", &product))
        .constant(
            "SCORED",
            each_sum(rows, KEYS, "scores[{i}u * KEYS + {r}u] = s{i}_{r};"),
        )
        .constant("FADES", each(rows, "i", &faded))
        .constant("VALUES", each(quads, "r", values))
        .constant("WEIGHTED", each(rows, "i", &weighted))
        .constant("FINISH", finish.join("\n"))
}
