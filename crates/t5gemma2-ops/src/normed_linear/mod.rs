//! What lies between two blocks of a layer, in one pass: residual, norms, projection, and the gate behind it.

pub(crate) mod flex;
pub(crate) mod reference;
#[cfg(feature = "wgpu")]
pub(crate) mod wgpu;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::Matrix;
use crate::backend::{LinearPath, NormedSpec, Ops};
use crate::dims::Dims;

/// What a block reads, before its norm: `residual + rms_norm(update) `, the second part with the first row of
/// [`NormedLinear::norms`].
#[derive(Debug, Clone)]
pub struct Input {
    /// `[n, cols]`
    pub residual: Tensor<2>,
    /// `[n, cols]`: what the last block made, not yet normed nor added.
    pub update: Option<Tensor<2>>,
}

/// What surrounds the matrix of a [`Matrix::normed_linear`].
#[derive(Debug, Clone)]
pub struct NormedLinear {
    /// `[2, cols]`: weights of the norm of the update, and of the norm of the sum.
    pub norms: Tensor<2>,
    /// Of both norms.
    pub eps: f64,
    /// `[rows]`
    pub bias: Option<Tensor<1>>,
    /// Whether the first half of the rows gates the second.
    pub gated: bool,
    /// `cap(x) = softcap · tanh(x / softcap)` on the result; not together with a gate.
    pub softcap: Option<f32>,
}

impl Matrix {
    /// `sum = residual + rms_norm(update)` and `y = rms_norm(sum) · Wᵀ + bias`, gated ([`geglu`](crate::geglu)) or capped.
    ///
    /// # Shapes
    /// those of [`Input`] and [`NormedLinear`] -> sum `[n, cols]`, y `[n, rows]`, or `[n, rows / 2]` where gated
    ///
    /// # Panics
    /// When an odd number of rows is gated.
    pub fn normed_linear(&self, input: Input, layer: &NormedLinear) -> (Tensor<2>, Tensor<2>) {
        self.normed_linear_by(input, layer, LinearPath::Auto)
    }

    pub(crate) fn normed_linear_by(
        &self,
        input: Input,
        layer: &NormedLinear,
        path: LinearPath,
    ) -> (Tensor<2>, Tensor<2>) {
        let mut dims = Dims::of("normed_linear")
            .fix("2", 2)
            .fix("cols", self.cols())
            .fix("rows", self.rows())
            .tensor("residual", input.residual.dims(), ["n", "cols"])
            .tensor("norms", layer.norms.dims(), ["2", "cols"]);
        if let Some(update) = &input.update {
            dims = dims.tensor("update", update.dims(), ["n", "cols"]);
        }
        if let Some(bias) = &layer.bias {
            dims.tensor("bias", bias.dims(), ["rows"]);
        }
        assert!(
            !layer.gated || (self.rows().is_multiple_of(2) && layer.softcap.is_none()),
            "normed_linear: {} rows do not split into gate and up, or are capped",
            self.rows()
        );
        let spec = NormedSpec {
            linear: self.spec(0..self.rows(), path),
            eps: layer.eps as f32,
            gated: layer.gated,
            softcap: layer.softcap,
        };
        let (sum, out) = Dispatch::normed_linear(
            input.residual.into_dispatch(),
            input.update.into_iter().collect(),
            layer.norms.clone().into_dispatch(),
            self.shards().into(),
            layer.bias.iter().cloned().collect(),
            spec,
        );
        (Tensor::from_dispatch(sum), Tensor::from_dispatch(out))
    }
}
