//! A slot being filled, and the filled ones.

use burn::tensor::{Device, Tensor, TensorData};
use half::{bf16, f16};
use std::collections::HashMap;
use t5gemma2_ops::{Matrix, MatrixBuilder, MatrixError, SourceType, Storage};

use super::Dtype;
use super::header::StoredDtype;
use super::schema::{Layout, Slot};
use crate::error::{Error, Result};

/// Takes the bytes of a slot's parts in any order.
pub(crate) enum SlotBuilder {
    Matrix(MatrixBuilder),
    /// For what is small: each part's first element, dtype and bytes so far.
    Values(Vec<(usize, StoredDtype, Vec<u8>)>),
}

impl SlotBuilder {
    pub fn new(slot: &Slot, dtype: Dtype, device: &Device) -> Self {
        match slot.layout {
            Layout::Matrix => Self::Matrix(MatrixBuilder::new(
                slot.shape[0],
                slot.shape[1],
                dtype.into(),
                device,
            )),
            Layout::Dense | Layout::Transposed => Self::Values(Vec::new()),
        }
    }

    /// Bytes of the part that begins at element `first` of the slot, from byte `offset` of that part on; a part's bytes
    /// come in order.
    pub fn write(
        &mut self,
        first: usize,
        offset: usize,
        bytes: &[u8],
        dtype: StoredDtype,
    ) -> std::result::Result<(), MatrixError> {
        match self {
            Self::Matrix(builder) => builder.write(first, offset, bytes, dtype.into()),
            Self::Values(parts) => {
                match parts.iter_mut().find(|part| part.0 == first) {
                    Some(part) => part.2.extend_from_slice(bytes),
                    None => parts.push((first, dtype, bytes.to_vec())),
                }
                Ok(())
            }
        }
    }

    pub fn finish(
        self,
        slot: &Slot,
        dtype: Dtype,
        device: &Device,
    ) -> std::result::Result<Stored, MatrixError> {
        let parts = match self {
            Self::Matrix(builder) => return Ok(Stored::Matrix(builder.finish()?)),
            Self::Values(parts) => parts,
        };
        let mut values = vec![0.0; slot.shape.iter().product()];
        for (first, dtype, bytes) in parts {
            let values = &mut values[first..];
            match dtype {
                StoredDtype::F32 => widen(values, &bytes, f32::from_le_bytes),
                StoredDtype::F16 => widen(values, &bytes, |b| f16::from_le_bytes(b).to_f32()),
                StoredDtype::Bf16 => widen(values, &bytes, |b| bf16::from_le_bytes(b).to_f32()),
            }
        }
        if slot.layout == Layout::Dense {
            let count = values.len();
            return Ok(Stored::Dense(Tensor::from_data(
                TensorData::new(values, [count]),
                device,
            )));
        }
        let (rows, cols) = (slot.shape[0], slot.shape[1]);
        let turned: Vec<f32> = (0..rows * cols)
            .map(|i| values[i % cols * rows + i / cols])
            .collect();
        let mut builder = MatrixBuilder::new(rows, cols, dtype.into(), device);
        builder.write(0, 0, bytemuck::cast_slice(&turned), SourceType::F32)?;
        Ok(Stored::Matrix(builder.finish()?))
    }
}

fn widen<const N: usize>(values: &mut [f32], bytes: &[u8], convert: impl Fn([u8; N]) -> f32) {
    for (value, bytes) in values.iter_mut().zip(bytes.as_chunks::<N>().0) {
        *value = convert(*bytes);
    }
}

impl From<Dtype> for Storage {
    fn from(dtype: Dtype) -> Self {
        match dtype {
            Dtype::F32 => Storage::F32,
            Dtype::Bf16 => Storage::Bf16,
            Dtype::F16 => Storage::F16,
            Dtype::Q8 => Storage::Q8,
            Dtype::Q4 => Storage::Q4,
        }
    }
}

impl From<StoredDtype> for SourceType {
    fn from(dtype: StoredDtype) -> Self {
        match dtype {
            StoredDtype::F32 => SourceType::F32,
            StoredDtype::F16 => SourceType::F16,
            StoredDtype::Bf16 => SourceType::Bf16,
        }
    }
}

/// A filled slot.
pub(crate) enum Stored {
    Matrix(Matrix),
    Dense(Tensor<1>),
}

/// The filled slots of a part, by key.
pub(crate) struct Weights {
    pub(super) slots: HashMap<String, Stored>,
}

impl Weights {
    /// Whether an optional slot was in the checkpoint.
    pub fn has(&self, key: &str) -> bool {
        self.slots.contains_key(key)
    }

    pub fn matrix(&mut self, key: &str) -> Result<Matrix> {
        match self.slots.remove(key) {
            Some(Stored::Matrix(matrix)) => Ok(matrix),
            _ => Err(Error::load(
                "weights",
                format!("{key} was not loaded as a matrix"),
            )),
        }
    }

    pub fn dense(&mut self, key: &str) -> Result<Tensor<1>> {
        match self.slots.remove(key) {
            Some(Stored::Dense(values)) => Ok(values),
            _ => Err(Error::load(
                "weights",
                format!("{key} was not loaded as values"),
            )),
        }
    }
}
