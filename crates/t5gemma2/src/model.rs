//! `T5Gemma2ForConditionalGeneration`: encoder, decoder and LM head.

use burn::tensor::{Device, Int, Tensor, TensorData};
use std::rc::Rc;
use t5gemma2_ops::Matrix;

use crate::cache::Cache;
use crate::config::Config;
use crate::decoder::Decoder;
use crate::encoder::{Encoder, EncoderInputs, EncoderOutput};
use crate::error::{Error, Result};
use crate::inputs::{check_ids, check_mask, positions};
use crate::vision::Vision;
use crate::weights::{Loader, Part};

/// What the decoder reads.
#[derive(Debug, Clone, Default)]
pub struct DecoderInputs {
    /// Tokens a row.
    pub length: usize,
    /// [batch, length], row-major.
    pub input_ids: Vec<i32>,
    /// [batch, tokens in the cache + length]: 1 for a token, 0 for padding. Default: all 1.
    pub attention_mask: Option<Vec<i32>>,
    /// [batch, length], or [length] for all rows. Default: counted on from the cache.
    pub position_ids: Option<Vec<i32>>,
    /// Logits of only so many last tokens; 0 for all.
    pub logits_to_keep: usize,
}

/// A loaded model. Pictures need [`add_vision`](Self::add_vision) first.
pub struct Model {
    config: Config,
    device: Device,
    encoder: Encoder,
    vision: Option<Vision>,
    decoder: Decoder,
    lm_head: Rc<Matrix>,
}

impl Model {
    /// The model of what a [`Part::Text`] loader took in.
    ///
    /// # Errors
    /// [`Error::Load`] where something has not come.
    pub fn new(config: Config, loader: Loader, device: &Device) -> Result<Self> {
        check_part(&loader, Part::Text)?;
        let mut weights = loader.finish()?;
        let encoder = Encoder::new(&mut weights, &config, device)?;
        let mut own = |key: &str| weights.has(key).then(|| weights.matrix(key)).transpose();
        let lm_head = own("lm_head")?.map(Rc::new);
        let embedding = own("decoder.embed_tokens.weight")?;
        let eoi = "decoder.embed_tokens.eoi_embedding";
        let eoi = weights.has(eoi).then(|| weights.dense(eoi)).transpose()?;
        let embed_tokens = encoder.embed_tokens.with(embedding, eoi);
        let decoder = Decoder::new(&mut weights, &config, embed_tokens, device)?;
        let lm_head = lm_head.unwrap_or_else(|| encoder.embed_tokens.weight());
        Ok(Self { config, device: device.clone(), encoder, vision: None, decoder, lm_head })
    }

    /// Add what a [`Part::Vision`] loader took in.
    ///
    /// # Errors
    /// [`Error::Load`] where something has not come.
    pub fn add_vision(&mut self, loader: Loader) -> Result<()> {
        check_part(&loader, Part::Vision)?;
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

    /// Run the encoder.
    ///
    /// # Errors
    /// [`Error::Input`] that names the argument, row and column at fault.
    pub fn encode(&self, inputs: EncoderInputs) -> Result<EncoderOutput> {
        self.encoder.forward(inputs, self.vision.as_ref(), &self.config, &self.device)
    }

    /// An empty cache for the rows of an encoder output.
    pub fn new_cache(&self, encoded: &EncoderOutput) -> Cache {
        Cache::new(&self.config.decoder, encoded.batch, &self.device)
    }

    /// Run the decoder on tokens that follow those in the cache, and take them into it: logits [batch, kept, vocab].
    ///
    /// # Errors
    /// [`Error::Input`] that names the argument, row and column at fault; the cache is then unchanged.
    pub fn decode(&self, encoded: &EncoderOutput, inputs: DecoderInputs, cache: &mut Cache) -> Result<Tensor<3>> {
        let DecoderInputs { length, input_ids, attention_mask, position_ids, logits_to_keep } = inputs;
        let batch = encoded.batch;
        if cache.batch() != batch {
            let reason = format!("holds {} rows but the encoder output has {batch}", cache.batch());
            return Err(Error::input("pastKeyValues", reason));
        }
        check_ids("decoderInputIds", &input_ids, batch, length, self.config.decoder.vocab_size)?;
        let mask = check_mask("decoderAttentionMask", attention_mask, batch, cache.seen() + length)?;
        let positions = positions("decoderPositionIds", position_ids, batch, length, cache.seen(), &self.device)?;
        let ids = Tensor::from_data(TensorData::new(input_ids, [batch * length]), &self.device);
        let states = self.states(ids, positions, encoded, mask, cache);
        let kept = if logits_to_keep == 0 { length } else { logits_to_keep.min(length) };
        let hidden = self.config.decoder.hidden_size;
        let states = states.reshape([batch, length, hidden]).slice([0..batch, length - kept..length, 0..hidden]);
        let logits = self.logits(states.reshape([batch * kept, hidden]));
        Ok(logits.reshape([batch, kept, self.config.decoder.vocab_size]))
    }

    pub(crate) fn states(
        &self,
        ids: Tensor<1, Int>,
        positions: Tensor<2, Int>,
        encoded: &EncoderOutput,
        mask: Option<Vec<i32>>,
        cache: &mut Cache,
    ) -> Tensor<2> {
        self.decoder.forward(self.decoder.embed_tokens.forward(ids), positions, encoded, mask, cache)
    }

    /// States [n, hidden] -> logits [n, vocab].
    pub(crate) fn logits(&self, states: Tensor<2>) -> Tensor<2> {
        let logits = self.lm_head.linear(states);
        match self.config.decoder.final_logit_softcapping {
            Some(cap) => (logits / cap as f32).tanh() * cap as f32,
            None => logits,
        }
    }
}

fn check_part(loader: &Loader, part: Part) -> Result<()> {
    if loader.part() == part {
        return Ok(());
    }
    Err(Error::load("weights", format!("of the {:?} part came where {part:?} was expected", loader.part())))
}
