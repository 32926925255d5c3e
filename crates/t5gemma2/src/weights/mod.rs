//! Official safetensors checkpoints, streamed tensor by tensor onto the device.

mod header;
mod loader;
mod names;
mod schema;
mod slot;

pub use loader::{Loader, Plan, Range};
pub use schema::{Part, Task};
pub(crate) use slot::Weights;

use crate::error::{Error, Result};

/// Element type of weight matrices in memory. Norms, biases and all activations are f32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dtype {
    /// 4 bytes an element.
    F32,
    /// 2 bytes an element; lossless for a bf16 checkpoint.
    Bf16,
}

impl Dtype {
    /// From its name in the public API.
    ///
    /// # Errors
    /// [`Error::Input`] for a name that isn't implemented.
    pub fn from_name(name: &str) -> Result<Self> {
        match name {
            "f32" => Ok(Dtype::F32),
            "bf16" => Ok(Dtype::Bf16),
            _ => Err(Error::input(
                "dtype",
                format!("\"{name}\" is not implemented; \"f32\" and \"bf16\" are"),
            )),
        }
    }

    /// Bytes of one element.
    pub fn bytes(self) -> u64 {
        match self {
            Dtype::F32 => 4,
            Dtype::Bf16 => 2,
        }
    }
}
