//! Deterministic test data.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};

/// A seeded sequence, the same on every machine.
pub(super) struct Noise(u64);

impl Noise {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        // Xorshift64*.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32
    }

    /// Uniform in `[-size, size)`.
    pub(super) fn values(&mut self, count: usize, size: f32) -> Vec<f32> {
        (0..count)
            .map(|_| (self.next() as f32 / (1_u64 << 31) as f32 - 1.0) * size)
            .collect()
    }

    /// Integers in `0..below`.
    pub(super) fn integers(&mut self, count: usize, below: usize) -> Vec<i32> {
        (0..count)
            .map(|_| (self.next() % below as u64) as i32)
            .collect()
    }

    pub(super) fn tensor<const D: usize>(
        &mut self,
        shape: [usize; D],
        size: f32,
        device: &Device,
    ) -> Tensor<D> {
        floats(self.values(shape.iter().product(), size), shape, device)
    }
}

pub(super) fn floats<const D: usize>(
    values: Vec<f32>,
    shape: [usize; D],
    device: &Device,
) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), (device, DType::F32))
}

pub(super) fn integers<const D: usize>(
    values: Vec<i32>,
    shape: [usize; D],
    device: &Device,
) -> Tensor<D, Int> {
    Tensor::from_data(TensorData::new(values, shape), (device, DType::I32))
}
