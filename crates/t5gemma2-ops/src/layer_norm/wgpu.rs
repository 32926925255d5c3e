use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use crate::gpu::{self, Kernel};

pub(crate) fn layer_norm(
    x: CubeTensor,
    weight: CubeTensor,
    bias: CubeTensor,
    eps: f32,
) -> CubeTensor {
    let (x, weight, bias) = (gpu::floats(x), gpu::floats(weight), gpu::floats(bias));
    let [n, cols] = gpu::dims(&x);
    let out = gpu::empty(&x, [n, cols], DType::F32);
    let params = [n.into(), cols.into(), eps.into()];
    let kernel = Kernel::new(&[include_str!("kernel.wgsl"), gpu::reductions()], 256);
    kernel.launch(gpu::fold(n), &[&x, &weight, &bias], &[&out], &params);
    out
}
