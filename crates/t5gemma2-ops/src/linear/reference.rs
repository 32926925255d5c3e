use core::ops::Range;

use burn::backend::Flex;
use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use half::{bf16, f16};

use crate::matrix::{BLOCK, Shards};
use crate::product::product;
use crate::{Matrix, Storage};

/// The whole matrix as one f32 tensor `[rows, cols]`. Only for a matrix on the CPU.
pub(crate) fn dense(matrix: &Matrix) -> Tensor<2> {
    match matrix.shards() {
        Shards::F32(shards) => Tensor::cat(shards.clone(), 0),
        Shards::Packed {
            storage,
            words,
            scales,
        } => {
            let (rows, cols) = (matrix.rows(), matrix.cols());
            let words = bytes(words);
            let scales = bytes(scales);
            let wide = (0..rows * cols)
                .map(|i| element(*storage, &words, &scales, cols, i / cols, i % cols))
                .collect();
            let device = Device::flex();
            Tensor::from_data(
                TensorData::new::<f32, _>(wide, [rows, cols]),
                (&device, DType::F32),
            )
        }
    }
}

/// The bytes of all shards, in order.
fn bytes(shards: &[Tensor<2, Int>]) -> Vec<u8> {
    let data = |shard: &Tensor<2, Int>| {
        let shard = shard.clone().try_into_primitive::<Flex>();
        shard
            .expect("a tensor on the CPU")
            .into_data()
            .bytes()
            .to_vec()
    };
    shards.iter().flat_map(data).collect()
}

/// One weight, by the definition of its storage.
fn element(
    storage: Storage,
    words: &[u8],
    scales: &[u8],
    cols: usize,
    row: usize,
    col: usize,
) -> f32 {
    let words = &words[row * storage.row_words(cols) * 4..];
    let half = |bytes: &[u8], index: usize| [bytes[index * 2], bytes[index * 2 + 1]];
    let (block, at) = (col / BLOCK, col % BLOCK);
    let scale = || {
        let scales = &scales[row * storage.scale_words(cols) * 4..];
        f16::from_le_bytes(half(scales, block)).to_f32()
    };
    match storage {
        Storage::F32 => f32::from_le_bytes([0, 1, 2, 3].map(|byte| words[col * 4 + byte])),
        Storage::Bf16 => bf16::from_le_bytes(half(words, col)).to_f32(),
        Storage::F16 => f16::from_le_bytes(half(words, col)).to_f32(),
        Storage::Q8 => f32::from(words[col] as i8) * scale(),
        Storage::Q4 => {
            let pair = words[block * 16 + at % 16];
            let nibble = if at < 16 { pair & 15 } else { pair >> 4 };
            (f32::from(nibble) - 8.0) * scale()
        }
    }
}

pub(crate) fn linear(
    matrix: &Matrix,
    x: Tensor<2>,
    rows: Range<usize>,
    bias: Option<Tensor<1>>,
) -> Tensor<2> {
    let y = product(x, dense(matrix).slice([rows]));
    match bias {
        Some(bias) => y + bias.unsqueeze(),
        None => y,
    }
}
