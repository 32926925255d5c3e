//! The options that act on logits, and which values they may have.

use serde::Deserialize;
use serde_json::{Map, Value};
use t5gemma2_ops::Sampling;

use super::{SequenceBiases, Watermarking, number};
use crate::error::{Error, Result};

/// transformers' default of `top_k` when sampling.
pub(super) const DEFAULT_TOP_K: usize = 50;

/// The options of transformers' `GenerationConfig` that act on logits. What is `None` has no effect, but for `top_k`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogitsOptions {
    /// Biases of sequences of tokens, for the token that would complete one. In JSON `[[[10, 45], -2], [[64], "-Infinity"]]`.
    #[serde(deserialize_with = "number::biases")]
    pub sequence_bias: Option<SequenceBiases>,
    /// Above 1 favours tokens of the encoder's input, below 1 avoids them.
    pub encoder_repetition_penalty: Option<f64>,
    /// Above 1 avoids tokens that the decoder's sequence has, below 1 favours them.
    pub repetition_penalty: Option<f64>,
    /// No sequence of this many tokens occurs twice in the decoder's sequence. 0 is off.
    pub no_repeat_ngram_size: Option<usize>,
    /// No sequence of this many tokens of the encoder's input occurs in the decoder's. 0 is off.
    pub encoder_no_repeat_ngram_size: Option<usize>,
    /// Sequences of tokens that may not occur. An end token alone is overlooked.
    pub bad_words_ids: Option<Vec<Vec<i32>>>,
    /// No end before this many tokens, prompt included. `min_new_tokens` goes before it.
    pub min_length: Option<usize>,
    /// No end before this many new tokens.
    pub min_new_tokens: Option<usize>,
    /// The first new token, where the prompt is one token.
    pub forced_bos_token_id: Option<i32>,
    /// The last token at the length limit: one of these.
    #[serde(deserialize_with = "number::tokens")]
    pub forced_eos_token_id: Option<Vec<i32>>,
    /// NaN becomes 0, infinities the largest numbers.
    pub remove_invalid_values: Option<bool>,
    /// (start, factor): after `start` new tokens the end becomes likelier, by the factor for each token more.
    pub exponential_decay_length_penalty: Option<(i64, f64)>,
    /// Tokens that never come.
    pub suppress_tokens: Option<Vec<i32>>,
    /// Tokens that do not come first.
    pub begin_suppress_tokens: Option<Vec<i32>>,
    /// Divides the scores. Above 0. When sampling only, as all that follow but the last three.
    pub temperature: Option<f64>,
    /// Keeps the likeliest tokens whose share of the entropy is within this fraction of it: (0, 1].
    pub top_h: Option<f64>,
    /// Keeps this many of the likeliest tokens. 0 is off; the default is 50.
    pub top_k: Option<usize>,
    /// Keeps the fewest of the likeliest tokens whose probabilities add up to this: [0, 1].
    pub top_p: Option<f64>,
    /// Keeps tokens at least this many times as likely as the likeliest: [0, 1].
    pub min_p: Option<f64>,
    /// Keeps tokens whose information is nearest to the entropy, up to this mass: (0, 1].
    pub typical_p: Option<f64>,
    /// Keeps tokens of at least this probability: [0, 1). 0 is off.
    pub epsilon_cutoff: Option<f64>,
    /// As `epsilon_cutoff`, with a lower limit where the entropy is high: [0, 1). 0 is off.
    pub eta_cutoff: Option<f64>,
    /// Marks the text by favouring a set of tokens that only its key tells.
    pub watermarking_config: Option<Watermarking>,
    /// A log-softmax at the end.
    pub renormalize_logits: Option<bool>,
    /// 1 or none. transformers' guidance calls the model without decoder ids, which T5Gemma 2 refuses.
    pub guidance_scale: Option<f64>,
}

/// `top_p` becomes `topP`.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |sum, word| {
        sum + &word[..1].to_uppercase() + &word[1..]
    })
}

impl LogitsOptions {
    /// Read options from a JSON object with transformers' names. `null` is an option not given.
    ///
    /// # Errors
    /// [`Error::Input`] that names the option, in camelCase, which is unknown or of a wrong type.
    pub fn from_json(json: &str) -> Result<Self> {
        let map: Map<String, Value> =
            serde_json::from_str(json).map_err(|e| Error::input("options", e.to_string()))?;
        for (name, value) in &map {
            let single = Map::from_iter([(name.clone(), value.clone())]);
            serde_json::from_value::<Self>(single.into())
                .map_err(|e| Error::input(camel_case(name), e.to_string()))?;
        }
        serde_json::from_value(map.into()).map_err(|e| Error::input("options", e.to_string()))
    }

    /// Whether a device can do all that is set and heeded; without `rules` that is `min_new_tokens` alone. Nothing is lost
    /// with a log-softmax where scores are not reported.
    pub(crate) fn fit_device(&self, sampling: bool, rules: bool) -> bool {
        let unheeded = Self {
            min_new_tokens: self.min_new_tokens,
            temperature: self.temperature,
            top_k: self.top_k,
            top_p: self.top_p,
            min_p: self.min_p,
            renormalize_logits: self.renormalize_logits,
            ..Default::default()
        };
        let greedy = Self {
            top_h: self.top_h,
            typical_p: self.typical_p,
            epsilon_cutoff: self.epsilon_cutoff,
            eta_cutoff: self.eta_cutoff,
            ..unheeded.clone()
        };
        let own = if sampling { unheeded } else { greedy };
        let single = |biases: &SequenceBiases| biases.iter().all(|(tokens, _)| tokens.len() == 1);
        let known = match rules {
            false => own,
            true => Self {
                sequence_bias: self.sequence_bias.clone().filter(single),
                repetition_penalty: self.repetition_penalty,
                no_repeat_ngram_size: self.no_repeat_ngram_size,
                bad_words_ids: self.bad_words_ids.clone(),
                min_length: self.min_length,
                forced_bos_token_id: self.forced_bos_token_id,
                forced_eos_token_id: self.forced_eos_token_id.clone(),
                suppress_tokens: self.suppress_tokens.clone(),
                begin_suppress_tokens: self.begin_suppress_tokens.clone(),
                ..own
            },
        };
        *self == known
    }

    /// New tokens of a row before it may end.
    pub(crate) fn least_new(&self, prompt_length: usize) -> Option<usize> {
        let new = |length: usize| length.saturating_sub(prompt_length);
        self.min_new_tokens.or(self.min_length.map(new))
    }

    /// What may not occur, without an end token alone.
    pub(crate) fn bad_words(&self, eos_token_ids: &[i32]) -> impl Iterator<Item = &[i32]> {
        let words = self.bad_words_ids.iter().flatten().map(Vec::as_slice);
        words.filter(|word| !matches!(word, [id] if eos_token_ids.contains(id)))
    }

    /// The step that `begin_suppress_tokens` act in: a forced first token pushes it back by one.
    pub(crate) fn beginning(&self, prompt_length: usize) -> usize {
        usize::from(prompt_length <= 1 && self.forced_bos_token_id.is_some())
    }

    /// How a device draws as [`super::LogitsPipeline`] and [`super::Sampler`] do, where the options [fit](Self::fit_device) it.
    pub(crate) fn sampling(&self, seed: u64) -> Sampling {
        Sampling {
            seed,
            temperature: self.temperature.unwrap_or(1.0) as f32,
            top_k: self.top_k.unwrap_or(DEFAULT_TOP_K),
            top_p: self.top_p.unwrap_or(1.0),
            min_p: self.min_p.unwrap_or(0.0) as f32,
        }
    }

    /// Names, in camelCase, of options that only sampling heeds and that are set to something that would matter there.
    /// transformers warns of them when `do_sample` is false.
    pub fn sampling_only(&self) -> Vec<&'static str> {
        let set = |value: Option<f64>, off: f64| value.is_some_and(|value| value != off);
        let options = [
            ("temperature", set(self.temperature, 1.0)),
            ("topH", self.top_h.is_some()),
            ("topK", self.top_k.is_some_and(|k| k != DEFAULT_TOP_K)),
            ("topP", set(self.top_p, 1.0)),
            ("minP", self.min_p.is_some()),
            ("typicalP", set(self.typical_p, 1.0)),
            ("epsilonCutoff", set(self.epsilon_cutoff, 0.0)),
            ("etaCutoff", set(self.eta_cutoff, 0.0)),
        ];
        options
            .into_iter()
            .filter(|(_, set)| *set)
            .map(|(name, _)| name)
            .collect()
    }

    /// Check what can be checked without a model.
    ///
    /// # Errors
    /// [`Error::Input`] that names the option, in camelCase, and what it may be.
    pub fn validate(&self, do_sample: bool) -> Result<()> {
        let within =
            |name: &str, value: Option<f64>, fits: fn(f64) -> bool, range: &str| match value {
                Some(value) if !fits(value) => Err(Error::input(
                    name,
                    format!("is {value}, and must be {range}"),
                )),
                _ => Ok(()),
            };
        within(
            "encoderRepetitionPenalty",
            self.encoder_repetition_penalty,
            |x| x > 0.0,
            "above 0",
        )?;
        within(
            "repetitionPenalty",
            self.repetition_penalty,
            |x| x > 0.0,
            "above 0",
        )?;
        let hint = "above 0; for the likeliest token each time leave it out, with doSample: false";
        match do_sample {
            true => within("temperature", self.temperature, |x| x > 0.0, hint)?,
            // Widely written as 0 for "do not sample"; it is not used then.
            false => within("temperature", self.temperature, |x| x >= 0.0, "at least 0")?,
        }
        within(
            "topH",
            self.top_h,
            |x| x > 0.0 && x <= 1.0,
            "above 0 and at most 1",
        )?;
        within(
            "topP",
            self.top_p,
            |x| (0.0..=1.0).contains(&x),
            "between 0 and 1",
        )?;
        within(
            "minP",
            self.min_p,
            |x| (0.0..=1.0).contains(&x),
            "between 0 and 1",
        )?;
        within(
            "typicalP",
            self.typical_p,
            |x| x > 0.0 && x <= 1.0,
            "above 0 and at most 1",
        )?;
        within(
            "epsilonCutoff",
            self.epsilon_cutoff,
            |x| (0.0..1.0).contains(&x),
            "at least 0 and below 1",
        )?;
        within(
            "etaCutoff",
            self.eta_cutoff,
            |x| (0.0..1.0).contains(&x),
            "at least 0 and below 1",
        )?;
        let only = "1: T5Gemma 2 has no classifier-free guidance";
        within("guidanceScale", self.guidance_scale, |x| x == 1.0, only)?;
        let decay = self
            .exponential_decay_length_penalty
            .map(|(_, factor)| factor);
        within(
            "exponentialDecayLengthPenalty",
            decay,
            f64::is_finite,
            "a start and a finite factor",
        )?;
        if let Some(watermarking) = &self.watermarking_config {
            watermarking.validate()?;
        }
        self.check_forced()
    }

    /// A forced token that is suppressed would leave no token at all.
    fn check_forced(&self) -> Result<()> {
        let suppressed = self.suppress_tokens.as_deref().unwrap_or_default();
        let bos = self.forced_bos_token_id.map(|id| vec![id]);
        for (name, forced) in [
            ("forcedBosTokenId", &bos),
            ("forcedEosTokenId", &self.forced_eos_token_id),
        ] {
            let Some(forced) = forced else { continue };
            if forced.is_empty() {
                return Err(Error::input(
                    name,
                    "is an empty list: name a token, or leave it out",
                ));
            }
            if forced.iter().all(|id| suppressed.contains(id)) {
                let reason = format!(
                    "is {forced:?}, all of which are also in suppressTokens; to delay the end use minNewTokens"
                );
                return Err(Error::input(name, reason));
            }
        }
        Ok(())
    }
}
