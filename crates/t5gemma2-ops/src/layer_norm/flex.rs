use burn::backend::flex::FlexTensor;

use crate::cpu::threads::{for_rows, rows_of};
use crate::cpu::{contiguous, dims, floats, lanes, tensor};

pub(crate) fn layer_norm(
    x: FlexTensor,
    weight: FlexTensor,
    bias: FlexTensor,
    eps: f32,
) -> FlexTensor {
    let (x, weight, bias) = (contiguous(x), contiguous(weight), contiguous(bias));
    let [n, cols] = dims(&x);
    let mut out = floats(&x).to_vec();
    let (weight, bias) = (floats(&weight), floats(&bias));
    for_rows(&mut out, cols, rows_of(8 * cols, 1), |_, out| {
        for out in out.chunks_exact_mut(cols) {
            let mean = lanes::sum(out) / cols as f32;
            out.iter_mut().for_each(|x| *x -= mean);
            let [squares] = lanes::dot(out, [out]);
            let factor = 1.0 / (squares / cols as f32 + eps).sqrt();
            for ((out, weight), bias) in out.iter_mut().zip(weight).zip(bias) {
                *out = *out * factor * weight + bias;
            }
        }
    });
    tensor(out, [n, cols])
}
