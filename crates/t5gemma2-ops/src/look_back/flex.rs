//! On the CPU the host has processors of its own: here only that the operation is whole, by the plain computation.

use burn::backend::flex::{FlexTensor, Layout};
use burn::tensor::{Bytes, DType, Shape};

use super::LookBack;
use super::reference::{lengthen, restrain};
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
    let [_, width] = dims(history);
    let narrow = |tensor: &FlexTensor| -> Vec<i32> {
        ints(tensor).into_iter().map(|id| id as i32).collect()
    };
    let mut values = floats(&contiguous(logits)).to_vec();
    let mut kept = narrow(&sequence);
    let history = narrow(history);
    let words = words.map(|words| (dims::<2>(words)[1], narrow(words)));
    let rows = values.chunks_exact_mut(shape[1]);
    let sequences = kept.chunks_exact_mut(places[1]);
    for ((logits, sequence), history) in rows.zip(sequences).zip(history.chunks_exact(width)) {
        let length = lengthen(sequence, history, rules.prompt);
        let words = words.iter().flat_map(|(size, words)| words.chunks(*size));
        restrain(logits, &sequence[..length], words, rules);
    }
    let kept = FlexTensor::new(
        Bytes::from_elems(kept),
        Layout::contiguous(Shape::from(places)),
        DType::I32,
    );
    (tensor(values, shape), kept)
}
