use burn::tensor::{Device, Int, Tensor};
use half::{bf16, f16};

use super::{Matrix, MatrixBuilder, MatrixError, SourceType, Storage};

const ROWS: usize = 7;
const COLS: usize = 5;

fn builder(storage: Storage, shard_rows: usize) -> MatrixBuilder {
    builder_in_parts(storage, shard_rows, 1)
}

fn builder_in_parts(storage: Storage, part_rows: usize, shard_parts: usize) -> MatrixBuilder {
    let bytes = part_rows * storage.row_words(COLS) * 4;
    MatrixBuilder::in_parts(ROWS, COLS, storage, &Device::flex(), bytes, shard_parts)
}

fn values() -> Vec<f32> {
    (0..ROWS * COLS).map(|i| (i as f32 - 9.0) * 0.37).collect()
}

fn encode(values: &[f32], source: SourceType) -> Vec<u8> {
    let bytes = |value: &f32| match source {
        SourceType::F32 => value.to_le_bytes().to_vec(),
        SourceType::F16 => f16::from_f32(*value).to_le_bytes().to_vec(),
        SourceType::Bf16 => bf16::from_f32(*value).to_le_bytes().to_vec(),
    };
    values.iter().flat_map(bytes).collect()
}

/// All elements, as f32.
fn read(matrix: &Matrix) -> Vec<f32> {
    let ids = Tensor::<1, Int>::arange(0..ROWS as i64, &Device::flex());
    matrix
        .gather(ids)
        .into_data()
        .as_slice::<f32>()
        .expect("f32")
        .to_vec()
}

#[test]
fn chunks_may_end_anywhere_and_come_in_any_order() {
    for storage in Storage::ALL {
        for source in [SourceType::F32, SourceType::F16, SourceType::Bf16] {
            let bytes = encode(&values(), source);
            let mut whole = builder(storage, 3);
            whole.write(0, 0, &bytes, source).expect("in range");
            let expected = read(&whole.finish().expect("complete"));
            for step in [1, 3, 7, 64] {
                let mut parts = builder(storage, 3);
                let chunks: Vec<_> = bytes.chunks(step).enumerate().collect();
                let (even, odd): (Vec<_>, Vec<_>) =
                    chunks.into_iter().partition(|(index, _)| index % 2 == 0);
                for (index, chunk) in odd.into_iter().chain(even) {
                    parts
                        .write(0, index * step, chunk, source)
                        .expect("in range");
                }
                assert_eq!(
                    read(&parts.finish().expect("complete")),
                    expected,
                    "{storage:?} {source:?} {step}"
                );
            }
        }
    }
}

#[test]
fn parts_are_joined_in_any_order() {
    let source = SourceType::F32;
    let bytes = encode(&values(), source);
    for storage in Storage::ALL {
        let mut whole = builder(storage, ROWS);
        whole.write(0, 0, &bytes, source).expect("in range");
        let expected = read(&whole.finish().expect("complete"));
        for shard_parts in [2, 3, 8] {
            let mut parts = builder_in_parts(storage, 2, shard_parts);
            let row = COLS * source.size();
            for number in [5, 0, 3, 6, 1, 2, 4] {
                let bytes = &bytes[number * row..][..row];
                parts
                    .write(0, number * row, bytes, source)
                    .expect("in range");
            }
            let joined = parts.finish().expect("complete");
            assert_eq!(joined.rows_per_shard(), ROWS.min(2 * shard_parts));
            assert_eq!(read(&joined), expected, "{storage:?} {shard_parts}");
        }
    }
}

#[test]
fn lossless_where_it_can_be() {
    for source in [SourceType::F32, SourceType::F16, SourceType::Bf16] {
        let rounded: Vec<f32> = values()
            .into_iter()
            .map(|value| match source {
                SourceType::F32 => value,
                SourceType::F16 => f16::from_f32(value).to_f32(),
                SourceType::Bf16 => bf16::from_f32(value).to_f32(),
            })
            .collect();
        let mut wide = builder(Storage::F32, 2);
        wide.write(0, 0, &encode(&values(), source), source)
            .expect("in range");
        assert_eq!(read(&wide.finish().expect("complete")), rounded);
        let mut narrow = builder(Storage::Bf16, 2);
        narrow
            .write(0, 0, &encode(&values(), source), source)
            .expect("in range");
        let expected: Vec<f32> = rounded
            .iter()
            .map(|&value| bf16::from_f32(value).to_f32())
            .collect();
        assert_eq!(read(&narrow.finish().expect("complete")), expected);
    }
}

#[test]
fn rounds_to_nearest_even() {
    // Halfway between two bf16: 1 + 2⁻⁸ goes down to the even 1, 1 + 3 · 2⁻⁸ up to the even 1 + 2⁻⁶.
    let mut values = values();
    values[..2].copy_from_slice(&[1.0 + 2_f32.powi(-8), 1.0 + 3.0 * 2_f32.powi(-8)]);
    let mut narrow = builder(Storage::Bf16, ROWS);
    narrow
        .write(0, 0, &encode(&values, SourceType::F32), SourceType::F32)
        .expect("in range");
    assert_eq!(
        read(&narrow.finish().expect("complete"))[..2],
        [1.0, 1.0 + 2_f32.powi(-6)]
    );
}

/// A matrix of one row.
fn one_row(values: &[f32], storage: Storage) -> Result<Vec<f32>, MatrixError> {
    let mut builder = MatrixBuilder::new(1, values.len(), storage, &Device::flex());
    builder.write(0, 0, &encode(values, SourceType::F32), SourceType::F32)?;
    let matrix = builder.finish()?;
    let id = Tensor::<1, Int>::zeros([1], &Device::flex());
    let row = matrix.gather(id).into_data();
    Ok(row.as_slice::<f32>().expect("f32").to_vec())
}

#[test]
fn blocks_are_within_half_a_step() {
    let values: Vec<f32> = (0..71).map(|i| (i as f32 * 1.7).sin() * i as f32).collect();
    for (storage, steps) in [(Storage::Q8, 127.0), (Storage::Q4, 8.0)] {
        let got = one_row(&values, storage).expect("finite");
        for (block, got) in values.chunks(32).zip(got.chunks(32)) {
            let largest = block.iter().fold(0.0, |max: f32, x| max.max(x.abs()));
            // Half a step, and for q4 the end of the range that lacks a step; the scale itself is a half.
            let clipped = if storage == Storage::Q4 { 1.0 } else { 0.5 };
            let bound = largest / steps * (clipped + 0.07);
            let off = block.iter().zip(got).map(|(a, b)| (a - b).abs());
            let off = off.fold(0.0, f32::max);
            assert!(off <= bound, "{storage:?}: {off} > {bound}");
            let index = block.iter().position(|x| x.abs() == largest).expect("one");
            assert!((got[index] - block[index]).abs() <= largest / 2000.0);
        }
    }
}

#[test]
fn blocks_of_exact_steps_come_back() {
    let steps = |low: i32, count: i32| -> Vec<f32> {
        (0..32).map(|i| (low + i % count) as f32 * 0.125).collect()
    };
    for (values, storage) in [
        (steps(-127, 32), Storage::Q8),
        (steps(96, 32), Storage::Q8),
        (steps(-8, 16), Storage::Q4),
        (vec![0.0; 32], Storage::Q8),
        (vec![0.0; 32], Storage::Q4),
    ] {
        assert_eq!(one_row(&values, storage), Ok(values), "{storage:?}");
    }
    // The other sign of the largest value is the other sign of the scale.
    let turned: Vec<f32> = steps(-8, 16).iter().map(|x| -x).collect();
    assert_eq!(one_row(&turned, Storage::Q4), Ok(turned));
}

#[test]
fn what_a_dtype_cannot_hold_is_refused() {
    for storage in [Storage::F16, Storage::Q8, Storage::Q4] {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30] {
            let mut values = vec![0.5; 40];
            values[35] = bad;
            let error = one_row(&values, storage).unwrap_err();
            assert!(
                matches!(error, MatrixError::Unfit { .. }),
                "{storage:?} {bad}: {error:?}"
            );
        }
    }
    let wide = [f32::INFINITY, 1e30];
    assert_eq!(one_row(&wide, Storage::F32), Ok(wide.to_vec()));
}

#[test]
fn bytes_count_the_scales() {
    for (storage, bytes) in [
        (Storage::F32, 33 * 4),
        (Storage::Bf16, 68),
        (Storage::F16, 68),
        (Storage::Q8, 64 + 4),
        (Storage::Q4, 32 + 4),
    ] {
        let mut builder = MatrixBuilder::new(3, 33, storage, &Device::flex());
        let zeros = vec![0; 3 * 33 * 4];
        builder
            .write(0, 0, &zeros, SourceType::F32)
            .expect("in range");
        assert_eq!(builder.finish().expect("complete").bytes(), 3 * bytes);
    }
}

#[test]
fn tensors_are_stacked_at_their_rows() {
    let mut stacked = builder(Storage::Bf16, 2);
    let values = values();
    let (top, bottom) = values.split_at(4 * COLS);
    stacked
        .write(
            4 * COLS,
            0,
            &encode(bottom, SourceType::F16),
            SourceType::F16,
        )
        .expect("in range");
    stacked
        .write(0, 0, &encode(top, SourceType::Bf16), SourceType::Bf16)
        .expect("in range");
    let got = read(&stacked.finish().expect("complete"));
    assert!(
        got.iter()
            .zip(&values)
            .all(|(got, value)| (got - value).abs() <= value.abs() / 128.0)
    );
}

#[test]
fn bad_input_is_refused() {
    let bytes = encode(&values(), SourceType::F32);
    let mut behind = builder(Storage::F32, 3);
    let error = behind.write(1, 0, &bytes, SourceType::F32).unwrap_err();
    assert_eq!(
        error,
        MatrixError::OutOfRange {
            end: ROWS * COLS + 1,
            elements: ROWS * COLS
        }
    );
    assert!(matches!(
        behind.write(0, usize::MAX - 1, &bytes, SourceType::F32),
        Err(MatrixError::OutOfRange { .. })
    ));

    let mut twice = builder(Storage::F32, 3);
    twice
        .write(0, 0, &bytes, SourceType::F32)
        .expect("in range");
    assert_eq!(
        twice.write(4, 0, &bytes[..4], SourceType::F32),
        Err(MatrixError::Overlap { part: 0 })
    );
    let mut block = builder(Storage::Q8, 3);
    block
        .write(0, 0, &bytes[..8], SourceType::F32)
        .expect("a part");
    assert_eq!(
        block.write(1, 0, &bytes[..4], SourceType::F32),
        Err(MatrixError::Overlap { part: 0 })
    );
    let mut part = builder(Storage::F32, 3);
    part.write(0, 0, &bytes[..2], SourceType::F32)
        .expect("a part");
    assert_eq!(
        part.write(0, 1, &bytes[1..3], SourceType::F32),
        Err(MatrixError::Overlap { part: 0 })
    );
    let mixed = part.write(0, 1, &bytes[1..2], SourceType::F16);
    assert_eq!(
        mixed,
        Err(MatrixError::MixedSource {
            expected: SourceType::F32,
            got: SourceType::F16
        })
    );

    let mut short = builder(Storage::Bf16, 3);
    short
        .write(0, 0, &bytes[..bytes.len() - 5], SourceType::F32)
        .expect("in range");
    assert_eq!(
        short.finish().unwrap_err(),
        MatrixError::Incomplete { missing: 2 }
    );
}
