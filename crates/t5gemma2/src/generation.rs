//! Greedy decoding, a step at a time, so that whoever drives it can stop between steps.

use burn::tensor::{Int, Tensor, TensorData};
use std::rc::Rc;
use t5gemma2_ops as ops;

use crate::cache::Cache;
use crate::encoder::EncoderOutput;
use crate::error::{Error, Result};
use crate::inputs::{check_ids, check_mask, positions};
use crate::model::Model;

/// How to generate.
#[derive(Debug, Clone)]
pub struct GenerateOptions {
    /// [batch, prompt_length]: what the decoder begins with. Default: the bos token.
    pub decoder_input_ids: Option<Vec<i32>>,
    /// Tokens a row of `decoder_input_ids`.
    pub prompt_length: usize,
    /// [batch, prompt_length]: 0 for padding in `decoder_input_ids`.
    pub decoder_attention_mask: Option<Vec<i32>>,
    /// Tokens to generate a row at the most; at least 1.
    pub max_new_tokens: usize,
    /// Tokens before which no end token is chosen.
    pub min_new_tokens: usize,
    /// Tokens that end a row.
    pub eos_token_ids: Vec<i32>,
    /// What a finished row is filled with.
    pub pad_token_id: i32,
}

/// One generation under way.
pub struct Generation {
    encoded: Rc<EncoderOutput>,
    options: GenerateOptions,
    cache: Cache,
    /// The prompt at first, then the newest token of each row: [batch * length], on the device.
    tokens: Tensor<1, Int>,
    /// Of `tokens`: [batch, length].
    positions: Tensor<2, Int>,
    /// Over the prompt and what followed: [batch, tokens]; `None` where nothing is masked.
    mask: Option<Vec<Vec<i32>>>,
    /// Added to the logits while no row may end: [1, vocab].
    no_eos: Option<Tensor<2>>,
    finished: Vec<bool>,
    steps: usize,
}

/// What one step made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The next token of each row, the pad token for rows that had ended before.
    pub tokens: Vec<i32>,
    /// Whether each row has ended, with this token or earlier.
    pub finished: Vec<bool>,
    /// Whether this was the last step.
    pub done: bool,
}

impl Generation {
    /// Begin to answer an encoded input.
    ///
    /// # Errors
    /// [`Error::Input`] that names the option at fault.
    pub fn new(model: &Model, encoded: Rc<EncoderOutput>, options: GenerateOptions) -> Result<Self> {
        let config = &model.config().decoder;
        let batch = encoded.batch;
        if !model.generates() {
            return Err(Error::input("model", "has no LM head: load it for generation"));
        }
        if options.max_new_tokens == 0 {
            return Err(Error::input("maxNewTokens", "must be at least 1"));
        }
        for (option, id) in options.eos_token_ids.iter().map(|id| ("eosTokenId", id)).chain([("padTokenId", &options.pad_token_id)]) {
            if *id < 0 || *id as usize >= config.vocab_size {
                return Err(Error::input(option, format!("is {id}, outside of the vocabulary of {}", config.vocab_size)));
            }
        }
        let (prompt, length) = match &options.decoder_input_ids {
            Some(ids) => (ids.clone(), options.prompt_length),
            None => {
                let bos = config.bos_token.ok_or_else(|| Error::input("decoderInputIds", "are required: the config has no bos_token_id"))?;
                (vec![bos; batch], 1)
            }
        };
        check_ids("decoderInputIds", &prompt, batch, length, config.vocab_size)?;
        let mask = check_mask("decoderAttentionMask", options.decoder_attention_mask.clone(), batch, length)?;
        let device = model.device();
        let no_eos = (options.min_new_tokens > 0 && !options.eos_token_ids.is_empty()).then(|| {
            let mut penalty = vec![0.0; config.vocab_size];
            options.eos_token_ids.iter().for_each(|&id| penalty[id as usize] = f32::NEG_INFINITY);
            Tensor::from_data(TensorData::new(penalty, [1, config.vocab_size]), device)
        });
        Ok(Self {
            cache: Cache::new(config, batch, device),
            tokens: Tensor::from_data(TensorData::new(prompt, [batch * length]), device),
            positions: positions("decoderPositionIds", None, batch, length, 0, device)?,
            mask: mask.map(|mask| mask.chunks(length).map(<[i32]>::to_vec).collect()),
            no_eos,
            finished: vec![false; batch],
            steps: 0,
            encoded,
            options,
        })
    }

    /// Whether every row has ended or the limit is reached.
    pub fn is_done(&self) -> bool {
        self.steps == self.options.max_new_tokens || self.finished.iter().all(|&finished| finished)
    }

    /// Choose the next token of every row.
    ///
    /// # Errors
    /// [`Error::Input`] once the generation is done, [`Error::Device`] where the device fails.
    pub async fn step(&mut self, model: &Model) -> Result<Step> {
        if self.is_done() {
            return Err(Error::input("generation", "is done: begin a new one"));
        }
        let [batch, length] = self.positions.dims();
        let mask = self.mask.as_ref().map(|rows| rows.concat());
        self.mask.iter_mut().flatten().for_each(|row| row.push(1));
        let states = model.states(self.tokens.clone(), self.positions.clone(), &self.encoded, mask, &mut self.cache)?;
        let hidden = states.dims()[1];
        let last = match length {
            1 => states,
            _ => states.reshape([batch, length, hidden]).slice([0..batch, length - 1..length, 0..hidden]).reshape([batch, hidden]),
        };
        let mut logits = model.logits(last);
        if let Some(penalty) = self.no_eos.as_ref().filter(|_| self.steps < self.options.min_new_tokens) {
            logits = logits + penalty.clone();
        }
        self.tokens = ops::argmax(logits);
        self.positions = self.positions.clone().slice([0..batch, length - 1..length]) + 1;
        self.steps += 1;
        let data = self.tokens.clone().into_data_async().await.map_err(|e| Error::device(format!("{e:?}")))?;
        let mut tokens: Vec<i32> = data.iter::<i32>().collect();
        for (token, finished) in tokens.iter_mut().zip(&mut self.finished) {
            if *finished {
                *token = self.options.pad_token_id;
            } else {
                *finished = self.options.eos_token_ids.contains(token);
            }
        }
        Ok(Step { tokens, finished: self.finished.clone(), done: self.is_done() })
    }
}
