use burn::backend::flex::FlexTensor;

use crate::cpu::exp;
use crate::cpu::{contiguous, dims, floats, tensor};

pub(crate) fn geglu(gate_up: FlexTensor) -> FlexTensor {
    let gate_up = contiguous(gate_up);
    let [n, both] = dims(&gate_up);
    let cols = both / 2;
    let mut out = vec![0.0; n * cols];
    for (row, out) in floats(&gate_up)
        .chunks_exact(both)
        .zip(out.chunks_exact_mut(cols))
    {
        let (gate, up) = row.split_at(cols);
        for ((out, gate), up) in out.iter_mut().zip(gate).zip(up) {
            *out = exp::gelu_tanh(*gate) * up;
        }
    }
    tensor(out, [n, cols])
}

pub(crate) fn gelu_tanh(x: FlexTensor) -> FlexTensor {
    let x = contiguous(x);
    let shape: [usize; 2] = dims(&x);
    tensor(
        floats(&x).iter().map(|x| exp::gelu_tanh(*x)).collect(),
        shape,
    )
}
