use burn::tensor::Device;

use super::noise::{Noise, integers};
use super::{Case, EXACT, FUNCTION, Output, SUM, Side};
use crate::backend::LinearPath;
use crate::{
    Input, Matrix, MatrixBuilder, NormedLinear, SourceType, Storage, gather, linear, normed_linear,
};

/// A matrix in shards of `shard_rows` rows, which come in two parts where they can be halved.
fn matrix_of(
    values: &[f32],
    [rows, cols]: [usize; 2],
    shard_rows: usize,
    storage: Storage,
    device: &Device,
) -> Matrix {
    let bytes: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let parts = if shard_rows.is_multiple_of(2) { 2 } else { 1 };
    let part_bytes = shard_rows / parts * storage.row_words(cols) * 4;
    let mut builder = MatrixBuilder::in_parts(rows, cols, storage, device, part_bytes, parts);
    builder
        .write(0, 0, &bytes, SourceType::F32)
        .expect("in range");
    builder.finish().expect("complete")
}

/// A random matrix in shards of `shard_rows` rows.
pub(super) fn matrix(
    rows: usize,
    cols: usize,
    shard_rows: usize,
    storage: Storage,
    device: &Device,
) -> Matrix {
    let values = Noise::new((rows * 1000 + cols) as u64).values(rows * cols, 1.0);
    matrix_of(&values, [rows, cols], shard_rows, storage, device)
}

/// What the CPU's integers add to quantised weights' products, relative to the largest: half a step of activations in 12
/// bits, or in 8 where the weights have 4, or with many rows of activations in 12 bits and weights in 13; a few times over
/// where few outputs are compared. (`fixed_gemv` is held to the very integers by a test of its own.)
pub(super) fn by_integers(storage: Storage, path: LinearPath, n: usize) -> Option<f32> {
    let many = match path {
        LinearPath::GemmTiles | LinearPath::GemmRows => true,
        LinearPath::GemvLanes | LinearPath::GemvRows => false,
        LinearPath::Auto => n > 8,
    };
    match storage {
        Storage::F32 | Storage::Bf16 | Storage::F16 => None,
        Storage::Q8 if !many => Some(8.0 / 4094.0),
        Storage::Q4 if !many || cfg!(target_feature = "relaxed-simd") => Some(8.0 / 254.0),
        Storage::Q8 | Storage::Q4 => Some(4.0 / 4094.0),
    }
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for storage in Storage::ALL {
        cases.extend(normed(storage));
        cases.extend(extremes(storage));
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
            // What varies with the number of rows is the same for every storage and size.
            let thorough = storage == Storage::F32 && [70, 640].contains(&cols);
            for (path, ns, few) in [
                (LinearPath::GemvLanes, [1, 3, 2, 5, 8].as_slice(), 2),
                (LinearPath::GemvRows, &[1, 3, 2, 8], 2),
                (LinearPath::GemmTiles, &[65, 1, 9, 33], 1),
                // Of those that take longest to compile, a size for each way to read rows.
                (
                    LinearPath::GemmRows,
                    &[33, 9, 65],
                    usize::from([100, 257].contains(&cols)),
                ),
                (LinearPath::Auto, &[1, 40], 1),
            ] {
                for &n in &ns[..if thorough { ns.len() } else { few }] {
                    let label = format!(
                        "{storage:?} {path:?} {n} x {cols} to {rows}, {shard} rows a shard"
                    );
                    cases.push(
                        Case::new("linear", label, SUM, move |device, side| {
                            let x = Noise::new(n as u64).tensor([n, cols], 1.0, device);
                            let matrix = matrix(rows, cols, shard, storage, device);
                            vec![linear_on(side, &matrix, x, 0..rows, false, path)]
                        })
                        .on_cpu(by_integers(storage, path, n)),
                    );
                }
            }
        }
        for (path, n) in [
            (LinearPath::GemvLanes, 2),
            (LinearPath::GemvRows, 2),
            (LinearPath::GemmTiles, 20),
            (LinearPath::GemmRows, 20),
        ] {
            if path == LinearPath::GemmRows && storage != Storage::F32 {
                continue;
            }
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
                cases.push(
                    Case::new("linear", label, SUM, move |device, side| {
                        let x = Noise::new(n as u64).tensor([n, 36], 1.0, device);
                        vec![linear_on(
                            side,
                            &matrix(50, 36, 20, storage, device),
                            x,
                            rows.clone(),
                            bias,
                            path,
                        )]
                    })
                    .on_cpu(by_integers(storage, path, n)),
                );
            }
        }
        for (rows, cols, shard) in [(7, 5, 7), (40, 12, 3), (100, 64, 40)] {
            let label = format!("{storage:?} {rows} x {cols}, {shard} rows a shard");
            cases.push(Case::new(
                "embed",
                label.clone(),
                EXACT,
                move |device, side| {
                    let mut ids = Noise::new(21).integers(9, rows);
                    ids.extend([0, rows as i32 - 1]);
                    let ids = integers(ids, [11], device);
                    let special = (0, Noise::new(22).tensor([cols], 1.0, device));
                    let matrix = matrix(rows, cols, shard, storage, device);
                    vec![match side {
                        Side::Fused => matrix.embed(ids, 1.7, Some(special)).into(),
                        Side::Reference => {
                            gather::reference::embed(&matrix, ids, 1.7, special).into()
                        }
                    }]
                },
            ));
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

/// Blocks of zeros, of one sign, of one large number among small ones, of numbers near the ends of what a half holds.
fn extremes(storage: Storage) -> Vec<Case> {
    const SIZE: [usize; 2] = [9, 200];
    let values = || {
        let mut values = Noise::new(31).values(SIZE[0] * SIZE[1], 1.0);
        for (number, block) in values.chunks_mut(25).enumerate() {
            match number % 6 {
                0 => block.fill(0.0),
                1 => block.iter_mut().for_each(|x| *x = x.abs() + 1.0),
                2 => block[3] = -100.0,
                3 => block.iter_mut().for_each(|x| *x *= 3e4),
                4 => block.iter_mut().for_each(|x| *x *= 0.02),
                _ => block.fill(-0.75),
            }
        }
        values
    };
    let mut cases = Vec::new();
    for path in [
        LinearPath::GemvLanes,
        LinearPath::GemvRows,
        LinearPath::GemmTiles,
        LinearPath::GemmRows,
    ] {
        cases.push(
            Case::new(
                "linear",
                format!("{storage:?} {path:?} extreme blocks"),
                SUM,
                move |device, side| {
                    let matrix = matrix_of(&values(), SIZE, 4, storage, device);
                    let x = Noise::new(32).tensor([2, SIZE[1]], 100.0, device);
                    vec![linear_on(side, &matrix, x, 0..SIZE[0], false, path)]
                },
            )
            .on_cpu(by_integers(storage, path, 2)),
        );
    }
    cases.push(Case::new(
        "gather",
        format!("{storage:?} extreme blocks"),
        EXACT,
        move |device, side| {
            let matrix = matrix_of(&values(), SIZE, 4, storage, device);
            let ids = integers((0..9).rev().collect(), [9], device);
            vec![match side {
                Side::Fused => matrix.gather(ids).into(),
                Side::Reference => gather::reference::gather(&matrix, ids).into(),
            }]
        },
    ));
    cases
}

fn normed(storage: Storage) -> Vec<Case> {
    let mut cases = Vec::new();
    // rows, cols, rows a shard
    let sizes = [
        (130, 100, 50),
        (96, 640, 96),
        (2, 4, 2),
        (34, 12, 34),
        (700, 1152, 700),
        (38, 257, 10),
    ];
    let paths = [
        (LinearPath::GemvLanes, 1),
        (LinearPath::GemvRows, 3),
        (LinearPath::GemvLanes, 3),
        (LinearPath::GemvLanes, 8),
        (LinearPath::GemvRows, 1),
        (LinearPath::GemvRows, 8),
        (LinearPath::GemmTiles, 9),
    ];
    let around = [
        // A cap far below the results would magnify their rounding errors.
        (true, false, true, Some(50.0)),
        (true, true, false, None),
        (false, false, false, None),
        (true, true, true, None),
    ];
    // What surrounds the weights is the same for every storage.
    let [few_sizes, few_paths] = match storage {
        Storage::F32 => [sizes.len(), paths.len()],
        _ => [2, 2],
    };
    // Each size meets each path and each surrounding, and each path each surrounding; all three would take minutes.
    for (at, (rows, cols, shard)) in sizes.into_iter().take(few_sizes).enumerate() {
        for (row, (path, n)) in paths.into_iter().take(few_paths).enumerate() {
            let (update, gated, bias, softcap) = around[(at + row) % around.len()];
            let label = format!(
                "{storage:?} {path:?} {n} x {cols} to {rows}, {shard} rows a shard, update {update}, gated {gated}, \
                 bias {bias}, cap {softcap:?}"
            );
            cases.push(
                Case::new("normed_linear", label, FUNCTION, move |device, side| {
                    let matrix = matrix(rows, cols, shard, storage, device);
                    let mut noise = Noise::new(18);
                    let input = Input {
                        residual: noise.tensor([n, cols], 3.0, device),
                        update: update.then(|| noise.tensor([n, cols], 20.0, device)),
                    };
                    let layer = NormedLinear {
                        norms: noise.tensor([2, cols], 1.0, device),
                        eps: 1e-6,
                        bias: bias.then(|| noise.tensor([rows], 1.0, device)),
                        gated,
                        softcap,
                    };
                    let (sum, out) = match side {
                        Side::Fused => matrix.normed_linear_by(input, &layer, path),
                        Side::Reference => {
                            normed_linear::reference::normed_linear(&matrix, input, &layer)
                        }
                    };
                    vec![sum.into(), out.into()]
                })
                .on_cpu(by_integers(storage, path, n)),
            );
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
