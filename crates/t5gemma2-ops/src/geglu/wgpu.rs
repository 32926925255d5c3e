use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use crate::gpu::{self, Kernel};

pub(crate) fn geglu(gate_up: CubeTensor) -> CubeTensor {
    let gate_up = gpu::floats(gate_up);
    let [n, both] = gpu::dims(&gate_up);
    let out = gpu::empty(&gate_up, [n, both / 2], DType::F32);
    launch(&gate_up, &out, true);
    out
}

pub(crate) fn gelu_tanh(x: CubeTensor) -> CubeTensor {
    let x = gpu::floats(x);
    let shape: [usize; 2] = gpu::dims(&x);
    let out = gpu::empty(&x, shape, DType::F32);
    launch(&x, &out, false);
    out
}

fn launch(x: &CubeTensor, out: &CubeTensor, gated: bool) {
    let [n, cols] = gpu::dims(out);
    let params = [(n * cols).into(), cols.into()];
    let kernel =
        Kernel::new(&[include_str!("kernel.wgsl"), gpu::MATH], 256).constant("GATED", gated);
    kernel.launch(gpu::strided(n * cols, 256), &[x], &[out], &params);
}
