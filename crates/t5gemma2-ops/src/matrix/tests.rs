use burn::tensor::{Device, Int, Tensor};
use half::{bf16, f16};

use super::{Matrix, MatrixBuilder, MatrixError, SourceType, Storage};

const ROWS: usize = 7;
const COLS: usize = 5;

fn builder(storage: Storage, shard_rows: usize) -> MatrixBuilder {
    let bytes = shard_rows * storage.row_words(COLS) * 4;
    MatrixBuilder::with_shard_bytes(ROWS, COLS, storage, &Device::flex(), bytes)
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
    for storage in [Storage::F32, Storage::Bf16] {
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
        Err(MatrixError::Overlap { shard: 0 })
    );
    let mut part = builder(Storage::F32, 3);
    part.write(0, 0, &bytes[..2], SourceType::F32)
        .expect("a part");
    assert_eq!(
        part.write(0, 1, &bytes[1..3], SourceType::F32),
        Err(MatrixError::Overlap { shard: 0 })
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
