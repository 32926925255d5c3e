//! How to search.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::error::{Error, Result};

/// When to stop looking for better beams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EarlyStopping {
    /// `true`: as soon as there are `num_beams` finished ones.
    Yes,
    /// `false`: when it is unlikely that a better one comes, judged by the current length.
    #[default]
    No,
    /// `"never"`: when no better one can come.
    Never,
}

impl<'de> Deserialize<'de> for EarlyStopping {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        match serde_json::Value::deserialize(from)? {
            serde_json::Value::Bool(true) => Ok(Self::Yes),
            serde_json::Value::Bool(false) => Ok(Self::No),
            value if value == "never" => Ok(Self::Never),
            value => Err(D::Error::custom(format!(
                "earlyStopping is {value}, and must be true, false or \"never\""
            ))),
        }
    }
}

/// Options of a beam search, under transformers' names.
#[derive(Debug, Clone, PartialEq)]
pub struct BeamOptions {
    /// Beams an input; at least 1.
    pub num_beams: usize,
    /// Sequences to return an input; at most `num_beams`.
    pub num_return_sequences: usize,
    /// Scores are divided by the number of new tokens to this power: above 0 favours long sequences.
    pub length_penalty: f64,
    /// When to stop.
    pub early_stopping: EarlyStopping,
    /// Draw continuations instead of taking the best.
    pub do_sample: bool,
    /// For `do_sample`.
    pub seed: u64,
    /// Tokens at the most, prompt included.
    pub max_length: usize,
    /// Tokens that finish a beam.
    pub eos_token_ids: Vec<i32>,
    /// What shorter sequences are filled with; see [`BeamOptions::filling`].
    pub pad_token_id: Option<i32>,
}

impl BeamOptions {
    /// Continuations of an input to look at: enough that `num_beams` of them go on.
    pub(super) fn candidates(&self) -> usize {
        (1 + self.eos_token_ids.len()).max(2) * self.num_beams
    }

    /// What the sum of a beam's log-probabilities is divided by.
    pub(super) fn divisor(&self, new_tokens: usize) -> f32 {
        (new_tokens as f64).powf(self.length_penalty) as f32
    }

    /// The token that fills shorter sequences: as in transformers the first end token, unless there is a pad token other than 0.
    pub fn filling(&self) -> i32 {
        match (self.eos_token_ids.first(), self.pad_token_id) {
            (None, _) => -1,
            (Some(&eos), None | Some(0)) => eos,
            (Some(_), Some(pad)) => pad,
        }
    }

    pub(super) fn validate(&self, prompt_length: usize) -> Result<()> {
        if self.num_beams == 0 {
            return Err(Error::input("numBeams", "is 0, and must be at least 1"));
        }
        if self.num_return_sequences == 0 || self.num_return_sequences > self.num_beams {
            let reason = format!(
                "is {}, and must be between 1 and numBeams ({})",
                self.num_return_sequences, self.num_beams
            );
            return Err(Error::input("numReturnSequences", reason));
        }
        if !self.length_penalty.is_finite() {
            return Err(Error::input(
                "lengthPenalty",
                format!("is {}, and must be finite", self.length_penalty),
            ));
        }
        if prompt_length >= self.max_length {
            let reason = format!(
                "is {}, which the prompt of {prompt_length} tokens already has",
                self.max_length
            );
            return Err(Error::input("maxLength", reason));
        }
        Ok(())
    }
}
