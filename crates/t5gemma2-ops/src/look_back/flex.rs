//! On the CPU the host has processors of its own: here only that the operation is whole, by the plain computation.

use burn::backend::flex::{FlexTensor, Layout};
use burn::tensor::{Bytes, DType, Shape};

use super::LookBack;
use super::reference::each_row;
use crate::cpu::{contiguous, dims, floats, ints, tensor};

pub(crate) fn look_back(
    logits: FlexTensor,
    sequence: FlexTensor,
    history: &FlexTensor,
    words: Option<&FlexTensor>,
    rules: LookBack,
) -> (FlexTensor, FlexTensor) {
    let shape: [usize; 2] = dims(&logits);
    let places: [usize; 2] = dims(&sequence);
    let narrow = |tensor: &FlexTensor| -> Vec<i32> {
        ints(tensor).into_iter().map(|id| id as i32).collect()
    };
    let mut values = floats(&contiguous(logits)).to_vec();
    let mut kept = narrow(&sequence);
    let words = words.map(|words| (dims::<2>(words)[1], narrow(words)));
    let history = narrow(history);
    each_row(shape[0], &mut values, &mut kept, &history, words, rules);
    let kept = FlexTensor::new(
        Bytes::from_elems(kept),
        Layout::contiguous(Shape::from(places)),
        DType::I32,
    );
    (tensor(values, shape), kept)
}
