use burn::backend::flex::FlexTensor;

use crate::cpu::threads::{for_rows, rows_of};
use crate::cpu::{contiguous, dims, floats, lanes, tensor};

pub(crate) fn rms_norm(
    x: FlexTensor,
    weight: FlexTensor,
    residual: Option<FlexTensor>,
    eps: f32,
) -> FlexTensor {
    let (x, weight, residual) = (contiguous(x), contiguous(weight), residual.map(contiguous));
    let [n, cols] = dims(&x);
    let mut out = match &residual {
        Some(residual) => floats(residual).to_vec(),
        None => vec![0.0; n * cols],
    };
    add_normed_rows(floats(&x), floats(&weight), eps, &mut out);
    tensor(out, [n, cols])
}

/// [`add_normed`] for rows as wide as the weight.
pub(crate) fn add_normed_rows(x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
    let cols = weight.len();
    for_rows(out, cols, rows_of(8 * cols, 1), |rows, out| {
        let x = &x[rows.start * cols..rows.end * cols];
        for (x, out) in x.chunks_exact(cols).zip(out.chunks_exact_mut(cols)) {
            add_normed(x, weight, eps, out);
        }
    });
}

/// `out += x / sqrt(mean(x²) + eps) · (1 + weight)`
pub(crate) fn add_normed(x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
    let [squares] = lanes::dot(x, [x]);
    let factor = 1.0 / (squares / x.len() as f32 + eps).sqrt();
    for ((out, x), weight) in out.iter_mut().zip(x).zip(weight) {
        *out += x * factor * (1.0 + weight);
    }
}
