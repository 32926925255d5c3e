//! How to generate, and what of it can be checked before anything is computed.

use burn::tensor::Device;
use t5gemma2_ops::can_record;

use super::assistant::Assistance;
use super::lookup::PromptLookup;
use crate::beams::{BeamOptions, EarlyStopping};
use crate::config::TextConfig;
use crate::encoder::EncoderOutput;
use crate::error::{Error, Result};
use crate::inputs::{check_ids, check_mask};
use crate::logits::{LogitsContext, LogitsOptions};
use crate::recording::Record;

/// Tokens that a device makes room for where rules look back at them: the longest context of the models.
const LONGEST_RULED: usize = 1 << 17;

/// How to generate. Without `num_beams`, `logits`, `on_host` and `report` the choice stays on the device; on one whose launches
/// can be recorded also with `do_sample`, its filters `temperature`, `top_k`, `top_p` and `min_p`, and most rules of `logits`.
#[derive(Debug, Clone, Default)]
pub struct GenerateOptions {
    /// [batch, prompt_length]: what the decoder begins with. Default: the bos token.
    pub decoder_input_ids: Option<Vec<i32>>,
    /// Tokens a row of `decoder_input_ids`.
    pub prompt_length: usize,
    /// [batch, prompt_length]: 0 for padding in `decoder_input_ids`.
    pub decoder_attention_mask: Option<Vec<i32>>,
    /// [batch, prompt_length], or [prompt_length] for all rows; later tokens count on. Default: 0, 1, 2 ...
    pub decoder_position_ids: Option<Vec<i32>>,
    /// Tokens to generate a row at the most; at least 1.
    pub max_new_tokens: usize,
    /// Tokens that end a row.
    pub eos_token_ids: Vec<i32>,
    /// What a finished row is filled with; default: the first end token.
    pub pad_token_id: Option<i32>,
    /// What changes the logits before the choice.
    pub logits: LogitsOptions,
    /// Draw tokens instead of taking the likeliest.
    pub do_sample: bool,
    /// For `do_sample`: the same seed draws the same tokens on the same device.
    pub seed: u64,
    /// Beams an input; 0 and 1 search for none.
    pub num_beams: usize,
    /// Sequences an input; 0 is 1.
    pub num_return_sequences: usize,
    /// See [`BeamOptions`].
    pub length_penalty: Option<f64>,
    /// See [`BeamOptions`].
    pub early_stopping: EarlyStopping,
    /// Whether the decoder keeps no cache and reads everything anew at each step, with the same results.
    pub recompute: bool,
    /// Whether the caller has processors or stopping rules of its own, so that the host has to choose.
    pub on_host: bool,
    /// Guess tokens ahead; for one row, with the same results as without.
    pub lookup: Option<PromptLookup>,
    /// The same by a second model, see [`super::Generation::assist`].
    pub assistance: Option<Assistance>,
    /// What each step reports besides tokens.
    pub report: Report,
}

/// What steps report besides tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// The model's own logits.
    pub logits: bool,
    /// The scores that the choice was made from.
    pub scores: bool,
    /// The log-probability of each chosen token and so many alternatives, under the scores; not with beams.
    pub logprobs: Option<usize>,
    /// The decoder's hidden states and attentions.
    pub record: Record,
}

/// The decoder's first tokens, checked.
pub(super) struct Prompt {
    /// [batch * length]
    pub ids: Vec<i32>,
    pub length: usize,
    pub mask: Option<Vec<i32>>,
}

impl GenerateOptions {
    /// Rows of the decoder for each row of the encoder.
    pub(super) fn rows_per_input(&self) -> usize {
        self.num_beams.max(self.num_return_sequences).max(1)
    }

    pub(super) fn searches(&self) -> bool {
        self.num_beams > 1
    }

    /// The tokens that end a row, and what it is then filled with; without any the oracle fills none.
    pub(super) fn ends(&self) -> Option<(&[i32], i32)> {
        let first = self.eos_token_ids.first()?;
        Some((&self.eos_token_ids, self.pad_token_id.unwrap_or(*first)))
    }

    /// Whether each choice can be left to the device.
    pub(super) fn stays_on_device(&self, device: &Device) -> bool {
        // On the CPU it is the host that draws and knows rules, where nothing is to be gained.
        let able = can_record(device) && !self.recompute && self.guessing_option().is_none();
        (!self.do_sample || able)
            && !self.on_host
            && !self.searches()
            && self
                .logits
                .fit_device(self.do_sample, able && self.is_ruled())
            && self.report == Report::default()
    }

    /// Whether a device may keep what rules look back at: without padding that a penalty has to overlook, and not for ever.
    fn is_ruled(&self) -> bool {
        let padded = self.decoder_attention_mask.is_some();
        !(padded && self.logits.repetition_penalty.is_some())
            && self.max_new_tokens <= LONGEST_RULED
    }

    /// Check what needs no model, and so can be told before an encoder runs.
    ///
    /// # Errors
    /// [`Error::Input`] that names the option, in camelCase.
    pub fn validate(&self) -> Result<()> {
        if self.max_new_tokens == 0 {
            return Err(Error::input("maxNewTokens", "must be at least 1"));
        }
        let several = self.num_return_sequences > 1;
        if several && !self.do_sample && !self.searches() {
            return Err(Error::input(
                "numReturnSequences",
                "needs doSample or numBeams: greedy sequences are all the same",
            ));
        }
        if self.searches() && self.num_return_sequences > self.num_beams {
            let (count, beams) = (self.num_return_sequences, self.num_beams);
            let reason = format!("is {count}, more than numBeams ({beams})");
            return Err(Error::input("numReturnSequences", reason));
        }
        if self.searches() && self.report.logprobs.is_some() {
            return Err(Error::input(
                "logprobs",
                "are not reported by beam search: its sequences have scores",
            ));
        }
        self.validate_guessing()?;
        self.logits.validate(self.do_sample)
    }

    /// The option that asks for guesses.
    pub(super) fn guessing_option(&self) -> Option<&'static str> {
        let lookup = self.lookup.map(|_| "promptLookupNumTokens");
        lookup.or(self.assistance.map(|_| "assistantModel"))
    }

    /// Guesses at a time, at the most.
    pub(super) fn most_guesses(&self) -> usize {
        let limit = self.max_new_tokens;
        let lookup = self.lookup.map(|lookup| lookup.tokens);
        let assistant = self.assistance.map(|assistance| assistance.most(limit));
        lookup.or(assistant).unwrap_or(0).min(limit)
    }

    fn validate_guessing(&self) -> Result<()> {
        let Some(option) = self.guessing_option() else {
            return Ok(());
        };
        let prompt = self.decoder_input_ids.as_ref();
        let rows = prompt.map_or(1, |ids| ids.len() / self.prompt_length.max(1));
        if rows != 1 {
            return Err(Error::input(option, format!("takes one row, not {rows}")));
        }
        self.lookup.map_or(Ok(()), |lookup| lookup.validate())?;
        self.assistance.map_or(Ok(()), |own| own.validate())?;
        let reason = if self.lookup.is_some() && self.assistance.is_some() {
            "can't be used with assistantModel: one of them guesses"
        } else if self.searches() {
            "can't be used with numBeams above 1"
        } else if self.num_return_sequences > 1 {
            "can't be used with numReturnSequences above 1"
        } else if self.recompute {
            "needs useCache: true"
        } else if self.report.record != Record::default() {
            "can't be used with outputHiddenStates and outputAttentions"
        } else {
            return Ok(());
        };
        Err(Error::input(option, reason))
    }

    pub(super) fn check(&self, config: &TextConfig) -> Result<()> {
        self.validate()?;
        let pads = self.pad_token_id.iter().map(|id| ("padTokenId", id));
        for (option, id) in self
            .eos_token_ids
            .iter()
            .map(|id| ("eosTokenId", id))
            .chain(pads)
        {
            if *id < 0 || *id as usize >= config.vocab_size {
                return Err(Error::input(
                    option,
                    format!(
                        "is {id}, outside of the vocabulary of {}",
                        config.vocab_size
                    ),
                ));
            }
        }
        Ok(())
    }

    pub(super) fn prompt(&self, config: &TextConfig, batch: usize) -> Result<Prompt> {
        let (ids, length) = match &self.decoder_input_ids {
            Some(ids) => (ids.clone(), self.prompt_length),
            None => {
                let missing = || {
                    Error::input(
                        "decoderInputIds",
                        "are required: the config has no bos_token_id",
                    )
                };
                (vec![config.bos_token.ok_or_else(missing)?; batch], 1)
            }
        };
        check_ids("decoderInputIds", &ids, batch, length, config.vocab_size)?;
        let mask = check_mask(
            "decoderAttentionMask",
            self.decoder_attention_mask.clone(),
            batch,
            length,
        )?;
        Ok(Prompt { ids, length, mask })
    }

    pub(super) fn logits_context(
        &self,
        vocab: usize,
        prompt: &Prompt,
        encoded: &EncoderOutput,
    ) -> LogitsContext {
        let padding = |mask: &Vec<i32>| {
            mask.chunks(prompt.length)
                .map(|row| row.iter().take_while(|&&m| m == 0).count())
                .collect()
        };
        LogitsContext {
            vocab,
            batch: encoded.batch,
            rows_per_input: self.rows_per_input(),
            prompt_length: prompt.length,
            prompt_padding: prompt.mask.as_ref().map(padding),
            max_length: prompt.length + self.max_new_tokens,
            eos_token_ids: self.eos_token_ids.clone(),
            do_sample: self.do_sample,
            num_beams: self.num_beams.max(1),
            encoder_ids: encoded.ids.clone(),
        }
    }

    pub(super) fn beam_options(&self, prompt: &Prompt) -> BeamOptions {
        BeamOptions {
            num_beams: self.num_beams,
            num_return_sequences: self.num_return_sequences.max(1),
            length_penalty: self.length_penalty.unwrap_or(1.0),
            early_stopping: self.early_stopping,
            do_sample: self.do_sample,
            seed: self.seed,
            max_length: prompt.length + self.max_new_tokens,
            eos_token_ids: self.eos_token_ids.clone(),
            pad_token_id: self.pad_token_id,
        }
    }
}
