//! SigLIP tower and projector: pictures to token embeddings.

mod projector;
mod tower;

use burn::tensor::{Device, Tensor};

use crate::config::Config;
use crate::error::{Error, Result};
use crate::weights::Weights;
use projector::Projector;
use tower::Tower;

/// Prepared pictures.
#[derive(Debug, Clone)]
pub struct PixelValues {
    /// Number of pictures.
    pub count: usize,
    /// [count, channels, height, width], rescaled and normalised.
    pub data: Vec<f32>,
}

/// The vision half of the encoder.
pub(crate) struct Vision {
    tower: Tower,
    projector: Projector,
}

impl Vision {
    pub fn new(weights: &mut Weights, config: &Config) -> Result<Self> {
        Ok(Self {
            tower: Tower::new(weights, &config.vision)?,
            projector: Projector::new(weights, config)?,
        })
    }

    /// Features [count * mm_tokens_per_image, text hidden] of prepared pictures.
    ///
    /// One picture at a time, which bounds the memory that 4096 patches take.
    pub fn forward(&self, pixels: &PixelValues, device: &Device) -> Tensor<2> {
        let size = pixels.data.len() / pixels.count;
        let features = pixels
            .data
            .chunks(size)
            .map(|picture| self.projector.forward(self.tower.forward(picture, device)));
        Tensor::cat(features.collect(), 0)
    }
}

impl PixelValues {
    pub(crate) fn check(&self, config: &Config) -> Result<()> {
        let vision = &config.vision;
        let wanted = self.count.checked_mul(vision.picture_values());
        if self.count == 0 || wanted != Some(self.data.len()) {
            let reason = format!(
                "have {} values for {} pictures of {} x {} x {}",
                self.data.len(),
                self.count,
                vision.num_channels,
                vision.image_size,
                vision.image_size
            );
            return Err(Error::input("pixelValues", reason));
        }
        Ok(())
    }
}
