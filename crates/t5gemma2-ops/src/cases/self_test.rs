//! The cases that a device has to pass before a model is trusted to it.

use burn::tensor::Device;

use super::{CaseReport, table};

/// A case of each family of kernels, by the path that the device takes by itself, at widths that real models have.
const SELF_TEST: [(&str, &str); 28] = [
    ("linear", "F32 Auto 1 x 640 to 96, 96 rows a shard"),
    ("linear", "F32 Auto 40 x 640 to 96, 96 rows a shard"),
    ("linear", "Bf16 Auto 1 x 640 to 96, 96 rows a shard"),
    ("linear", "F16 Auto 1 x 640 to 96, 96 rows a shard"),
    ("linear", "Q8 Auto 1 x 640 to 96, 96 rows a shard"),
    ("linear", "Q4 Auto 1 x 640 to 96, 96 rows a shard"),
    ("gather", "F32 100 x 64, 40 rows a shard"),
    ("gather", "Bf16 100 x 64, 40 rows a shard"),
    ("gather", "Q8 100 x 64, 40 rows a shard"),
    ("gather", "Q4 100 x 64, 40 rows a shard"),
    ("embed", "Q8 100 x 64, 40 rows a shard"),
    ("rms_norm", "5 x 640, up to 1"),
    ("add_rms_norm", "5 x 640, up to 1"),
    ("geglu", "5 x 640, up to 10"),
    (
        "qkv_heads",
        "batch 2, 1 tokens from 500, 3 over 3 heads of 256",
    ),
    (
        "heads_into",
        "batch 2, 1 tokens from 500, 3 over 3 heads of 256",
    ),
    (
        "kv_heads",
        "batch 2, 1 tokens from 500, 3 over 3 heads of 256",
    ),
    (
        "attention",
        "(1, 4, 1, 3, 300, 256) Auto, valid Some, window None, cap None, scale 0.3",
    ),
    (
        "attention",
        "(2, 2, 2, 70, 70, 72) Auto, valid Left, window Some((4, 5)), cap None, scale 0.3",
    ),
    (
        "merged_attention",
        "(1, 4, 1, 1, 300, 290, 256, 280) Auto, self Some, encoder Some, window Some(20), cap Some(3.0)",
    ),
    (
        "merged_linear",
        "(2, 4, 2, 1, 40, 1500, 256, 9) (Auto, Auto), Q4, bias false",
    ),
    ("append", "(1, 1, 5, 300, 5, 13)"),
    ("argmax", "the last column"),
    ("argmax", "equal ones: the first"),
    ("greedy", "3 rows of 700, 4 slots, 6 before"),
    ("sample", "of 700: every filter"),
    ("look_back", "of 700 after 300: every rule"),
    ("increment", "3 counters by 5"),
];

/// Run the self-test's cases. Reads are asynchronous, as WebGPU in a browser needs them.
pub async fn self_test(device: &Device) -> Vec<CaseReport> {
    let mut reports = Vec::new();
    for case in table() {
        if SELF_TEST.contains(&(case.op, case.label.as_str())) {
            reports.push(case.run(device).await);
        }
    }
    reports
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_in_the_table() {
        let table = table();
        for (op, label) in SELF_TEST {
            let found = table
                .iter()
                .any(|case| case.op == op && case.label == label);
            assert!(found, "{op}: {label}");
        }
    }
}
