use burn::backend::flex::FlexTensor;

use crate::cpu::exp;
use crate::cpu::threads::{for_rows, rows_of};
use crate::cpu::{contiguous, dims, floats, tensor};

pub(crate) fn geglu(gate_up: FlexTensor) -> FlexTensor {
    let gate_up = contiguous(gate_up);
    let [n, both] = dims(&gate_up);
    let cols = both / 2;
    let mut out = vec![0.0; n * cols];
    let gate_up = floats(&gate_up);
    for_rows(&mut out, cols, rows_of(16 * cols, 1), |rows, out| {
        let gate_up = &gate_up[rows.start * both..rows.end * both];
        for (row, out) in gate_up.chunks_exact(both).zip(out.chunks_exact_mut(cols)) {
            let (gate, up) = row.split_at(cols);
            for ((out, gate), up) in out.iter_mut().zip(gate).zip(up) {
                *out = exp::gelu_tanh(*gate) * up;
            }
        }
    });
    tensor(out, [n, cols])
}

pub(crate) fn gelu_tanh(x: FlexTensor) -> FlexTensor {
    let x = contiguous(x);
    let shape: [usize; 2] = dims(&x);
    let mut out = floats(&x).to_vec();
    for_rows(&mut out, 1, rows_of(16, 4), |_, out| {
        out.iter_mut().for_each(|x| *x = exp::gelu_tanh(*x));
    });
    tensor(out, shape)
}
