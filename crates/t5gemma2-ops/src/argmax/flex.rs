use burn::backend::flex::{FlexTensor, Layout};
use burn::tensor::{Bytes, DType, Shape};

use crate::cpu::{contiguous, dims, floats, lanes};

pub(crate) fn argmax(logits: FlexTensor) -> FlexTensor {
    let logits = contiguous(logits);
    let [n, cols] = dims(&logits);
    let winners: Vec<i32> = floats(&logits)
        .chunks_exact(cols)
        .map(|row| first_maximum(row) as i32)
        .collect();
    FlexTensor::new(
        Bytes::from_elems(winners),
        Layout::contiguous(Shape::from([n])),
        DType::I32,
    )
}

/// Chunk by chunk: a chunk is searched only when its maximum beats the best so far.
fn first_maximum(row: &[f32]) -> usize {
    const CHUNK: usize = 64;
    let (mut best, mut winner) = (f32::NEG_INFINITY, None);
    for (index, chunk) in row.chunks(CHUNK).enumerate() {
        let max = lanes::largest(chunk, f32::NEG_INFINITY);
        if (max > best || winner.is_none())
            && let Some(at) = chunk.iter().position(|&x| x == max)
        {
            (best, winner) = (max, Some(index * CHUNK + at));
        }
    }
    winner.unwrap_or(0)
}
