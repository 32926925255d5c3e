//! The layers of one side.

use burn::tensor::{Device, Tensor};
use t5gemma2_ops::{self as ops, Input};

use super::{Attention, Layer};
use crate::config::TextConfig;
use crate::error::Result;
use crate::recording::Recorder;
use crate::weights::Weights;

/// Layers in order, and the norm behind the last.
pub(crate) struct Stack {
    layers: Vec<Layer>,
    norm: Tensor<1>,
    eps: f64,
}

impl Stack {
    pub fn new(
        weights: &mut Weights,
        side: &str,
        config: &TextConfig,
        device: &Device,
    ) -> Result<Self> {
        let mut layers = Vec::new();
        for layer in 0..config.num_hidden_layers() {
            let next = Layer::new(weights, side, config, layer, layers.last(), device)?;
            layers.push(next);
        }
        Ok(Self {
            layers,
            norm: weights.dense(&format!("{side}.norm.weight"))?,
            eps: config.rms_norm_eps,
        })
    }

    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Embeddings [n, hidden] -> normed states [n, hidden]; `attend` as in [`Layer::forward`], with the layer's index.
    pub fn forward(
        &self,
        x: Tensor<2>,
        recorder: &mut Recorder,
        mut attend: impl FnMut(usize, &Attention, Tensor<2>, &mut Recorder) -> Tensor<2>,
    ) -> Tensor<2> {
        recorder.state(&x);
        let mut made = Input {
            residual: x,
            update: None,
        };
        for (index, layer) in self.layers.iter().enumerate() {
            made = layer.forward(made, |attention, qkv| {
                attend(index, attention, qkv, recorder)
            });
            if recorder.wants_states() {
                recorder.state(&layer.state(made.clone()));
            }
        }
        let x = match self.layers.last() {
            Some(last) => last.state(made),
            None => made.residual,
        };
        ops::rms_norm(x, self.norm.clone(), self.eps)
    }
}
