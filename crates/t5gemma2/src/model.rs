//! The model classes: encoder, decoder and what lies on top of it.

use burn::tensor::{Device, Int, Tensor, TensorData};
use std::rc::Rc;
use t5gemma2_ops::Matrix;

use crate::cache::Cache;
use crate::config::Config;
use crate::decoder::Decoder;
use crate::encoder::{Encoder, EncoderInputs, EncoderOutput};
use crate::error::{Error, Result};
use crate::inputs::{check_decoder_mask, check_source, positions};
use crate::keep::{Keep, Kept};
use crate::nn::Linear;
use crate::recording::{Record, Recorded, Recorder};
use crate::vision::Vision;
use crate::weights::{Loader, Part, Task, Weights};

/// What the decoder reads.
#[derive(Debug, Clone, Default)]
pub struct DecoderInputs {
    /// Tokens a row.
    pub length: usize,
    /// [batch, length], row-major.
    pub input_ids: Vec<i32>,
    /// [batch, length, hidden] in place of `input_ids`, which are then empty.
    pub inputs_embeds: Option<Vec<f32>>,
    /// [batch, tokens in the cache + length]: 1 for a token, 0 for padding; of a shorter one the rest counts as 0.
    /// Default: all 1.
    pub attention_mask: Option<Vec<i32>>,
    /// [batch, length], or [length] for all rows. Default: counted on from the cache.
    pub position_ids: Option<Vec<i32>>,
    /// The tokens whose logits are computed.
    pub keep: Keep,
    /// What to keep besides the result.
    pub record: Record,
}

/// What the decoder made.
pub struct DecoderOutput {
    /// [batch, length, hidden].
    pub last_hidden_state: Tensor<3>,
    /// [batch, kept, vocab], or [batch, kept, labels]; of [`Keep::Where`] one row. `None` for a base model.
    pub logits: Option<Tensor<3>>,
    /// What [`DecoderInputs::record`] asked for.
    pub recorded: Recorded,
}

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

    /// Run the decoder on tokens that follow those in the cache, and take them into it. There may be several rows of them for
    /// each of the encoder's, next to each other.
    ///
    /// # Errors
    /// [`Error::Input`] that names the argument, row and column at fault; the cache is then unchanged.
    pub fn decode(
        &self,
        encoded: &EncoderOutput,
        inputs: DecoderInputs,
        cache: &mut Cache,
    ) -> Result<DecoderOutput> {
        let DecoderInputs {
            length,
            input_ids,
            inputs_embeds,
            attention_mask,
            position_ids,
            keep,
            record,
        } = inputs;
        let text = &self.config.decoder;
        let (batch, hidden) = (cache.batch(), text.hidden_size);
        if !batch.is_multiple_of(encoded.batch) {
            let reason = format!(
                "hold {batch} rows, no multiple of the encoder output's {}",
                encoded.batch
            );
            return Err(Error::input("pastKeyValues", reason));
        }
        let decoder = self.decoder()?;
        let names = ["decoderInputIds", "decoderInputsEmbeds"];
        check_source(
            &input_ids,
            inputs_embeds.as_deref(),
            names,
            [batch, length, hidden],
            text.vocab_size,
        )?;
        let mask = check_decoder_mask(attention_mask, batch, cache.seen() + length)?;
        let positions = positions(
            "decoderPositionIds",
            position_ids,
            batch,
            length,
            cache.seen(),
            &self.device,
        )?;
        let kept = keep.of(batch, length)?;
        let x = match inputs_embeds {
            Some(embeds) => Tensor::from_data(
                TensorData::new(embeds, [batch * length, hidden]),
                &self.device,
            ),
            None => {
                let ids = TensorData::new(input_ids, [batch * length]);
                decoder
                    .embed_tokens
                    .forward(Tensor::from_data(ids, &self.device))
            }
        };
        let mut recorder = Recorder::new(record, [batch, length, hidden]);
        let states = decoder.forward(x, positions, encoded, mask, cache, &mut recorder);
        let recorded = recorder.finish(&states);
        let logits = self.has_head().then(|| {
            let (states, [rows, count]) = match kept {
                None => (states.clone(), [batch, length]),
                Some(Kept { tokens, shape }) => {
                    let tokens = TensorData::new(tokens, [shape[0] * shape[1]]);
                    let tokens = Tensor::<1, Int>::from_data(tokens, &self.device);
                    (states.clone().select(0, tokens), shape)
                }
            };
            let logits = self.logits(states);
            let width = logits.dims()[1];
            logits.reshape([rows, count, width])
        });
        let last_hidden_state = states.reshape([batch, length, hidden]);
        Ok(DecoderOutput {
            last_hidden_state,
            logits,
            recorded,
        })
    }

    /// Normed states [batch * length, hidden] of tokens on the device, and what was kept besides.
    pub(crate) fn states(
        &self,
        ids: Tensor<1, Int>,
        positions: Tensor<2, Int>,
        encoded: &EncoderOutput,
        mask: Option<Vec<i32>>,
        cache: &mut Cache,
        record: Record,
    ) -> Result<(Tensor<2>, Recorded)> {
        let decoder = self.decoder()?;
        let [batch, length] = positions.dims();
        let shape = [batch, length, self.config.decoder.hidden_size];
        let mut recorder = Recorder::new(record, shape);
        let x = decoder.embed_tokens.forward(ids);
        let states = decoder.forward(x, positions, encoded, mask, cache, &mut recorder);
        let recorded = recorder.finish(&states);
        Ok((states, recorded))
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
