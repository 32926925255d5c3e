use burn::backend::Flex;
use burn::backend::flex::{FlexTensor, Layout};
use burn::backend::ops::IntTensorOps;
use burn::tensor::{Bytes, DType, Shape};

use crate::argmax::flex::argmax;
use crate::cpu::{dims, ints};
use crate::sample::{Sampling, flex::draws};

pub(crate) fn choose(
    logits: FlexTensor,
    positions: FlexTensor,
    total: FlexTensor,
    history: &FlexTensor,
    ends: Option<FlexTensor>,
    filling: i32,
    sampling: Option<Sampling>,
) -> (FlexTensor, FlexTensor, FlexTensor, FlexTensor) {
    let mut winners: Vec<i32> = match sampling {
        None => ints(&argmax(logits)).iter().map(|&id| id as i32).collect(),
        Some(sampling) => draws(logits, history, &sampling),
    };
    let [rows, width]: [usize; 2] = dims(history);
    let ends: Vec<i64> = ends.map_or(Vec::new(), |ends| ints(&ends));
    let mut history: Vec<i32> = ints(history).iter().map(|&id| id as i32).collect();
    for (row, winner) in history.chunks_exact_mut(width).zip(&mut winners) {
        let count = row[0] as usize;
        if row[1] != 0 && !ends.is_empty() {
            *winner = filling;
        }
        if ends.contains(&i64::from(*winner)) {
            row[1] = 1;
        }
        row[2 + count % (width - 2)] = *winner;
        row[0] += 1;
    }
    (
        whole(winners, [rows, 1]),
        Flex::int_add_scalar(positions, 1.into()),
        Flex::int_add_scalar(total, 1.into()),
        whole(history, [rows, width]),
    )
}

fn whole(values: Vec<i32>, shape: [usize; 2]) -> FlexTensor {
    FlexTensor::new(
        Bytes::from_elems(values),
        Layout::contiguous(Shape::from(shape)),
        DType::I32,
    )
}
