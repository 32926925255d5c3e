use burn::tensor::Device;

use super::noise::{Noise, integers};
use super::{Case, EXACT, Output, SUM, Side};
use crate::backend::LinearPath;
use crate::{Matrix, MatrixBuilder, SourceType, Storage, gather, linear};

/// A random matrix in shards of `shard_rows` rows.
fn matrix(
    rows: usize,
    cols: usize,
    shard_rows: usize,
    storage: Storage,
    device: &Device,
) -> Matrix {
    let values = Noise::new((rows * 1000 + cols) as u64).values(rows * cols, 1.0);
    let bytes: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let shard_bytes = shard_rows * storage.row_words(cols) * 4;
    let mut builder = MatrixBuilder::with_shard_bytes(rows, cols, storage, device, shard_bytes);
    builder
        .write(0, 0, &bytes, SourceType::F32)
        .expect("in range");
    builder.finish().expect("complete")
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for storage in [Storage::F32, Storage::Bf16] {
        // rows, cols, rows a shard
        for (rows, cols, shard) in [
            (1, 1, 1),
            (5, 3, 2),
            (33, 70, 16),
            (64, 64, 64),
            (130, 100, 65),
            (96, 640, 96),
            (37, 257, 10),
        ] {
            for (path, ns) in [
                (LinearPath::Gemv, [1, 2, 3, 5, 8].as_slice()),
                (LinearPath::Gemm, &[1, 9, 33, 65]),
                (LinearPath::Auto, &[1, 40]),
            ] {
                for &n in ns {
                    let label = format!(
                        "{storage:?} {path:?} {n} x {cols} to {rows}, {shard} rows a shard"
                    );
                    cases.push(Case::new("linear", label, SUM, move |device, side| {
                        let x = Noise::new(n as u64).tensor([n, cols], 1.0, device);
                        let matrix = matrix(rows, cols, shard, storage, device);
                        vec![linear_on(side, &matrix, x, 0..rows, false, path)]
                    }));
                }
            }
        }
        for (path, n) in [(LinearPath::Gemv, 2), (LinearPath::Gemm, 20)] {
            for (rows, bias) in [
                (0..50, true),
                (3..41, false),
                (17..18, true),
                (20..40, true),
            ] {
                let label = format!(
                    "{storage:?} {path:?} rows {rows:?} of 50{}",
                    if bias { ", bias" } else { "" }
                );
                cases.push(Case::new("linear", label, SUM, move |device, side| {
                    let x = Noise::new(n as u64).tensor([n, 36], 1.0, device);
                    vec![linear_on(
                        side,
                        &matrix(50, 36, 20, storage, device),
                        x,
                        rows.clone(),
                        bias,
                        path,
                    )]
                }));
            }
        }
        for (rows, cols, shard) in [(7, 5, 7), (40, 12, 3), (100, 64, 40)] {
            let label = format!("{storage:?} {rows} x {cols}, {shard} rows a shard");
            cases.push(Case::new("gather", label, EXACT, move |device, side| {
                let mut ids = Noise::new(3).integers(9, rows);
                ids.extend([0, rows as i32 - 1]);
                let ids = integers(ids, [11], device);
                let matrix = matrix(rows, cols, shard, storage, device);
                vec![match side {
                    Side::Fused => matrix.gather(ids).into(),
                    Side::Reference => gather::reference::gather(&matrix, ids).into(),
                }]
            }));
        }
    }
    cases
}

fn linear_on(
    side: Side,
    matrix: &Matrix,
    x: burn::tensor::Tensor<2>,
    rows: core::ops::Range<usize>,
    bias: bool,
    path: LinearPath,
) -> Output {
    let bias = bias.then(|| Noise::new(77).tensor([rows.len()], 1.0, &x.device()));
    match side {
        Side::Fused => matrix.linear_with(x, rows, bias, path).into(),
        Side::Reference => linear::reference::linear(matrix, x, rows, bias).into(),
    }
}
