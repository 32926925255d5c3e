use core::ops::Range;

use burn::backend::Flex;
use burn::tensor::{DType, Int, Tensor, TensorData};
use half::bf16;

use crate::Matrix;
use crate::matrix::Shards;

/// The whole matrix as one f32 tensor `[rows, cols]`. Only for a matrix on the CPU.
pub(crate) fn dense(matrix: &Matrix) -> Tensor<2> {
    match matrix.shards() {
        Shards::F32(shards) => Tensor::cat(shards.clone(), 0),
        Shards::Bf16(shards) => Tensor::cat(
            shards
                .iter()
                .map(|shard| widen(shard.clone(), matrix.cols()))
                .collect(),
            0,
        ),
    }
}

fn widen(packed: Tensor<2, Int>, cols: usize) -> Tensor<2> {
    let device = packed.device();
    let [rows, words] = packed.dims();
    let packed = packed
        .try_into_primitive::<Flex>()
        .expect("a tensor on the CPU")
        .into_data();
    let packed: &[u32] = packed.as_slice().expect("packed weights are U32");
    let mut wide = Vec::with_capacity(rows * cols);
    for row in packed.chunks_exact(words) {
        let halves = row
            .iter()
            .flat_map(|&word| [word as u16, (word >> 16) as u16]);
        wide.extend(halves.take(cols).map(|bits| bf16::from_bits(bits).to_f32()));
    }
    Tensor::from_data(TensorData::new(wide, [rows, cols]), (&device, DType::F32))
}

pub(crate) fn linear(
    matrix: &Matrix,
    x: Tensor<2>,
    rows: Range<usize>,
    bias: Option<Tensor<1>>,
) -> Tensor<2> {
    let y = x.matmul(dense(matrix).slice([rows]).transpose());
    match bias {
        Some(bias) => y + bias.unsqueeze(),
        None => y,
    }
}
