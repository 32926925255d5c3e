use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use crate::gpu::{self, Kernel};

pub(crate) fn rms_norm(
    x: CubeTensor,
    weight: CubeTensor,
    residual: Option<CubeTensor>,
    eps: f32,
) -> CubeTensor {
    rms_norm_by(x, weight, 0, residual, eps)
}

/// With row `row` of stacked weights.
pub(crate) fn rms_norm_by(
    x: CubeTensor,
    weight: CubeTensor,
    row: usize,
    residual: Option<CubeTensor>,
    eps: f32,
) -> CubeTensor {
    let (x, weight, residual) = (
        gpu::floats(x),
        gpu::floats(weight),
        residual.map(gpu::floats),
    );
    let [n, cols] = gpu::dims(&x);
    let out = gpu::empty(&x, [n, cols], DType::F32);
    let inputs = [&x, &weight, residual.as_ref().unwrap_or(&x)];
    Kernel::new(&[include_str!("kernel.wgsl"), gpu::reductions()], 256)
        .constant("RESIDUAL", residual.is_some())
        .launch(
            gpu::fold(n),
            &inputs,
            &[&out],
            &[n.into(), cols.into(), eps.into(), (row * cols).into()],
        );
    out
}
