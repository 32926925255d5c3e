use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use crate::gpu::{self, Kernel};

/// The search of a row.
pub(crate) fn row() -> [&'static str; 2] {
    let winner = match gpu::adapter().subgroups {
        true => include_str!("winner_subgroups.wgsl"),
        false => include_str!("winner.wgsl"),
    };
    [include_str!("row.wgsl"), winner]
}

pub(crate) fn argmax(logits: CubeTensor) -> CubeTensor {
    let logits = gpu::floats(logits);
    let [n, cols] = gpu::dims(&logits);
    let out = gpu::empty(&logits, [n], DType::I32);
    let kernel = Kernel::new(&[&row()[..], &[include_str!("kernel.wgsl")]].concat(), 256);
    kernel.launch(gpu::fold(n), &[&logits], &[&out], &[n.into(), cols.into()]);
    out
}
