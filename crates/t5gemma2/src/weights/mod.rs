//! Official safetensors checkpoints, streamed tensor by tensor onto the device.

mod header;
mod loader;
mod names;
pub(crate) mod schema;
mod slot;

pub use loader::{Loader, Plan, Range};
pub use schema::{Part, Task};
pub(crate) use slot::Weights;

use crate::error::{Error, Result};

/// Element type of weight matrices in memory. Norms, biases, learned positions and all activations are f32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dtype {
    /// 4 bytes an element.
    F32,
    /// 2 bytes an element; lossless for a bf16 checkpoint.
    Bf16,
    /// 2 bytes an element; lossless for an f16 checkpoint.
    F16,
    /// 8 bits an element and 16 a block of 32 along the input.
    Q8,
    /// 4 bits an element and 16 a block of 32 along the input.
    Q4,
}

impl Dtype {
    /// Every one.
    pub const ALL: [Dtype; 5] = [Dtype::F32, Dtype::Bf16, Dtype::F16, Dtype::Q8, Dtype::Q4];

    /// From its name in the public API.
    ///
    /// # Errors
    /// [`Error::Input`] for a name that there is not.
    pub fn from_name(name: &str) -> Result<Self> {
        let known = Self::ALL.into_iter().find(|dtype| dtype.name() == name);
        known.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::input("dtype", format!("\"{name}\" is not one of {names}"))
        })
    }

    /// Its name in the public API.
    pub fn name(self) -> &'static str {
        match self {
            Dtype::F32 => "f32",
            Dtype::Bf16 => "bf16",
            Dtype::F16 => "f16",
            Dtype::Q8 => "q8",
            Dtype::Q4 => "q4",
        }
    }
}
