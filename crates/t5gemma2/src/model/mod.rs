//! The model classes: encoder, decoder and what lies on top of it.

mod decode;

use burn::tensor::{Device, Tensor, TensorData};
use std::rc::Rc;
use t5gemma2_ops::Matrix;

pub use decode::{DecoderInputs, DecoderOutput};

use crate::cache::Cache;
use crate::config::Config;
use crate::decoder::Decoder;
use crate::encoder::{Encoder, EncoderInputs, EncoderOutput};
use crate::error::{Error, Result};
use crate::inputs::check_ids;
use crate::nn::Linear;
use crate::vision::Vision;
use crate::weights::{Loader, Part, Task, Weights};

/// A loaded model. Pictures need [`add_vision`](Self::add_vision) first.
pub struct Model {
    config: Config,
    device: Device,
    encoder: Encoder,
    vision: Option<Vision>,
    decoder: Option<Decoder>,
    head: Head,
}

enum Head {
    None,
    /// Tied to the encoder's embedding or of its own, soft-capped.
    Language(Rc<Matrix>),
    Score(Linear),
}

impl Model {
    /// The model of what a [`Part::Text`] loader took in.
    ///
    /// # Errors
    /// [`Error::Load`] where something has not come.
    pub fn new(config: Config, loader: Loader, device: &Device) -> Result<Self> {
        let Part::Text(task) = loader.part() else {
            return Err(Error::load(
                "weights",
                "of the Vision part came where those of the text side were expected",
            ));
        };
        let mut weights = loader.finish()?;
        let encoder = Encoder::new(&mut weights, &config, device)?;
        let head = match task {
            Task::Base | Task::Encoder => Head::None,
            Task::Generation if weights.has("lm_head") => {
                Head::Language(Rc::new(weights.matrix("lm_head")?))
            }
            Task::Generation => Head::Language(encoder.embed_tokens.weight()),
            Task::SequenceClassification | Task::TokenClassification => {
                Head::Score(Linear::new(&mut weights, "score", Some("score.bias"))?)
            }
        };
        let decoder = match task {
            Task::Encoder => None,
            _ => Some(decoder(&mut weights, &config, &encoder, device)?),
        };
        Ok(Self {
            config,
            device: device.clone(),
            encoder,
            vision: None,
            decoder,
            head,
        })
    }

    /// Add what a [`Part::Vision`] loader took in.
    ///
    /// # Errors
    /// [`Error::Load`] where something has not come.
    pub fn add_vision(&mut self, loader: Loader) -> Result<()> {
        if loader.part() != Part::Vision {
            return Err(Error::load(
                "weights",
                "of the text side came where those of the Vision part were expected",
            ));
        }
        self.vision = Some(Vision::new(&mut loader.finish()?, &self.config)?);
        Ok(())
    }

    /// Whether pictures can be read.
    pub fn has_vision(&self) -> bool {
        self.vision.is_some()
    }

    /// Its configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Where it computes.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Bytes of the weights that the decoder reads for a token: its layers and the head.
    pub fn token_weight_bytes(&self) -> usize {
        let head = match &self.head {
            Head::None => 0,
            Head::Language(weight) => weight.bytes(),
            Head::Score(score) => score.bytes(),
        };
        head + self.decoder.as_ref().map_or(0, Decoder::bytes)
    }

    /// Run the encoder.
    ///
    /// # Errors
    /// [`Error::Input`] that names the argument, row and column at fault.
    pub fn encode(&self, inputs: EncoderInputs) -> Result<EncoderOutput> {
        self.encoder
            .forward(inputs, self.vision.as_ref(), &self.config, &self.device)
    }

    /// The encoder's embeddings [n, hidden] of tokens.
    ///
    /// # Errors
    /// [`Error::Input`] for an id outside of the vocabulary.
    pub fn embed(&self, ids: Vec<i32>) -> Result<Tensor<2>> {
        let count = ids.len();
        check_ids("inputIds", &ids, 1, count, self.config.encoder.vocab_size)?;
        let ids = Tensor::from_data(TensorData::new(ids, [count]), &self.device);
        Ok(self.encoder.embed_tokens.forward(ids))
    }

    /// Which of embeddings [n, hidden] are exactly that of the image token: where pictures go.
    ///
    /// # Errors
    /// [`Error::Device`] where the device fails.
    pub async fn image_places(&self, embeds: &[f32]) -> Result<Vec<usize>> {
        let image = self.embed(vec![self.config.image_token])?;
        let data = image.into_data_async().await;
        let data = data.map_err(|error| Error::device(format!("{error:?}")))?;
        let image: Vec<f32> = data.iter::<f32>().collect();
        let rows = embeds.chunks(image.len()).enumerate();
        let places = rows.filter(|(_, row)| *row == image);
        Ok(places.map(|(place, _)| place).collect())
    }

    /// An encoder output of states [batch, length, hidden] that were computed elsewhere.
    ///
    /// # Errors
    /// [`Error::Input`] where shapes do not fit.
    pub fn encoded(
        &self,
        states: Vec<f32>,
        shape: [usize; 3],
        mask: Option<Vec<i32>>,
    ) -> Result<EncoderOutput> {
        let hidden = self.config.encoder.hidden_size;
        let wanted = shape[0]
            .checked_mul(shape[1])
            .and_then(|rows| rows.checked_mul(hidden));
        if shape.contains(&0) || shape[2] != hidden || wanted != Some(states.len()) {
            let reason = format!(
                "have {} values for a shape of {shape:?} and a width of {hidden}",
                states.len()
            );
            return Err(Error::input("encoderOutputs", reason));
        }
        EncoderOutput::from_states(
            Tensor::from_data(TensorData::new(states, shape), &self.device),
            mask,
        )
    }

    /// An empty cache for the rows of an encoder output.
    pub fn new_cache(&self, encoded: &EncoderOutput) -> Cache {
        Cache::new(&self.config.decoder, encoded.batch, &self.device)
    }

    /// The same with `spare` slots in sliding layers beyond their window, so that more tokens can be taken back.
    pub fn new_cache_with_spare(&self, encoded: &EncoderOutput, spare: usize) -> Cache {
        Cache::with_spare(&self.config.decoder, encoded.batch, spare, &self.device)
    }

    /// States [n, hidden] -> logits [n, vocab] or scores [n, labels].
    pub(crate) fn logits(&self, states: Tensor<2>) -> Tensor<2> {
        match &self.head {
            Head::None => states,
            Head::Score(score) => score.forward(states),
            Head::Language(weight) => {
                let logits = weight.linear(states);
                match self.config.decoder.final_logit_softcapping {
                    Some(cap) => (logits / cap as f32).tanh() * cap as f32,
                    None => logits,
                }
            }
        }
    }

    pub(crate) fn generates(&self) -> bool {
        matches!(self.head, Head::Language(_))
    }

    fn has_head(&self) -> bool {
        !matches!(self.head, Head::None)
    }

    fn decoder(&self) -> Result<&Decoder> {
        self.decoder
            .as_ref()
            .ok_or_else(|| Error::input("model", "has only an encoder: load it for another task"))
    }
}

/// The decoder, whose embedding is the encoder's unless the checkpoint has one of its own.
fn decoder(
    weights: &mut Weights,
    config: &Config,
    encoder: &Encoder,
    device: &Device,
) -> Result<Decoder> {
    let weight = "decoder.embed_tokens.weight";
    let weight = weights
        .has(weight)
        .then(|| weights.matrix(weight))
        .transpose()?;
    let eoi = "decoder.embed_tokens.eoi_embedding";
    let eoi = weights.has(eoi).then(|| weights.dense(eoi)).transpose()?;
    Decoder::new(
        weights,
        config,
        encoder.embed_tokens.with(weight, eoi),
        device,
    )
}
