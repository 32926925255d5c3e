use burn::backend::wgpu::CubeTensor;

use crate::gpu::{self, Kernel};

pub(crate) fn increment(counter: CubeTensor, by: i32) -> CubeTensor {
    let counter = gpu::writable(gpu::ints(counter));
    let [elements] = gpu::dims(&counter);
    let kernel = Kernel::new(&[include_str!("kernel.wgsl")], 64);
    kernel.launch(
        gpu::strided(elements, 64),
        &[],
        &[&counter],
        &[elements.into(), by.into()],
    );
    counter
}
