use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use crate::gpu::{self, Kernel};

/// The search of a row.
pub(crate) const ROW: &str = include_str!("row.wgsl");

pub(crate) fn argmax(logits: CubeTensor) -> CubeTensor {
    let logits = gpu::floats(logits);
    let [n, cols] = gpu::dims(&logits);
    let out = gpu::empty(&logits, [n], DType::I32);
    let kernel = Kernel::new(&[ROW, include_str!("kernel.wgsl")], 256);
    kernel.launch(gpu::fold(n), &[&logits], &[&out], &[n.into(), cols.into()]);
    out
}
