//! Assisted decoding: guesses drafted by a second, smaller model.

use burn::tensor::Tensor;
use std::cell::RefCell;
use std::rc::Rc;
use t5gemma2_ops as ops;

use super::Choice;
use super::lookahead::Trial;
use super::options::{GenerateOptions, Prompt};
use super::state::DecoderState;
use crate::encoder::EncoderOutput;
use crate::error::{Error, Result};
use crate::logits::greedy;
use crate::model::Model;
use crate::recording::Record;

/// How an assistant drafts; the options of transformers' assistant models.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assistance {
    /// `num_assistant_tokens`: tokens to draft at a time, at first.
    pub tokens: usize,
    /// `num_assistant_tokens_schedule`: whether a draft grows by 2 tokens after one that proved right, and shrinks by 1 after
    /// any other; else it keeps its length.
    pub heuristic: bool,
    /// `assistant_confidence_threshold`: a draft ends with a token that the assistant thinks less likely than this; 0 for never.
    pub confidence: f32,
}

impl Assistance {
    pub(super) fn validate(&self) -> Result<()> {
        if self.tokens == 0 {
            return Err(Error::input("numAssistantTokens", "must be at least 1"));
        }
        if !(0.0..=1.0).contains(&self.confidence) {
            let reason = format!("must be from 0 to 1, not {}", self.confidence);
            return Err(Error::input("assistantConfidenceThreshold", reason));
        }
        Ok(())
    }

    /// Tokens of the longest draft there may be in an answer of `limit` tokens.
    pub(super) fn most(&self, limit: usize) -> usize {
        let mut tokens = self.tokens;
        let mut accepted = tokens;
        while self.heuristic && accepted < limit {
            tokens += 2;
            accepted += tokens;
        }
        tokens
    }
}

/// The second model and how far it has read.
pub(super) struct Assistant {
    model: Rc<RefCell<Model>>,
    state: DecoderState,
    options: Assistance,
    /// Tokens of a next draft.
    tokens: usize,
    prompt: usize,
    /// What the second decoder has in its cache.
    read: Vec<i32>,
}

impl Assistant {
    /// # Errors
    /// [`Error::Input`] for a model that can't stand in for the first.
    pub fn new(
        model: Rc<RefCell<Model>>,
        encoded: Rc<EncoderOutput>,
        assistance: Assistance,
        prompt: &Prompt,
        options: &GenerateOptions,
        vocab: usize,
    ) -> Result<Self> {
        let borrowed = model.borrow();
        let own = borrowed.config().decoder.vocab_size;
        let reason = if !borrowed.generates() {
            "has no LM head: load it for generation".to_owned()
        } else if own != vocab {
            format!("has a vocabulary of {own} tokens, not {vocab}: it needs the same tokenizer")
        } else if encoded.batch != 1 {
            format!("takes one row, not {}", encoded.batch)
        } else {
            let state =
                DecoderState::new(&borrowed, encoded, prompt, options, options.most_guesses())?;
            drop(borrowed);
            return Ok(Self {
                model,
                state,
                options: assistance,
                tokens: assistance.tokens,
                prompt: prompt.length,
                read: Vec::new(),
            });
        };
        Err(Error::input("assistantModel", reason))
    }

    /// Tokens of the next draft.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// Hear how many of a draft's tokens were right.
    pub fn learn(&mut self, drafted: usize, right: usize) {
        if self.options.heuristic {
            self.tokens = match right == drafted {
                true => self.tokens + 2,
                false => self.tokens.saturating_sub(1).max(1),
            };
        }
    }

    /// What may follow `answer` (prompt included), chosen as the first model's tokens are. A draft ends with a token that ends
    /// the answer.
    pub async fn draft(&mut self, answer: &[i32], trial: &Trial<'_>) -> Result<Vec<i32>> {
        let count = self.tokens.min(trial.room);
        let mut drafted = Vec::with_capacity(count);
        if count == 0 {
            return Ok(drafted);
        }
        let mut text = answer.to_vec();
        let mut logits = self.read(answer)?;
        loop {
            let step = trial.step + drafted.len();
            // Where the options leave nothing to choose, the first model says so.
            let Some((token, confidence)) = self.choose(logits, trial.choice, &text, step).await?
            else {
                return Ok(drafted);
            };
            drafted.push(token);
            text.push(token);
            let is_sure = confidence >= self.options.confidence;
            if drafted.len() == count || trial.eos.contains(&token) || !is_sure {
                return Ok(drafted);
            }
            self.read.push(token);
            self.state.feed_from_host(vec![token], None);
            logits = self.advance(&[])?;
        }
    }

    /// Take back what turned out wrong and read what is new: logits [1, vocab] of the next token.
    fn read(&mut self, answer: &[i32]) -> Result<Tensor<2>> {
        let pairs = answer.iter().zip(&self.read);
        let same = pairs.take_while(|(a, b)| a == b).count();
        let same = same.min(answer.len() - 1);
        self.state.take_back(self.read.len() - same)?;
        let new = if self.read.is_empty() {
            // The prompt waits in the state.
            &answer[self.prompt..]
        } else {
            self.state.feed_from_host(vec![answer[same]], None);
            &answer[same + 1..]
        };
        self.read = answer.to_vec();
        self.advance(new)
    }

    fn advance(&mut self, more: &[i32]) -> Result<Tensor<2>> {
        let (logits, _) = self
            .state
            .advance(&self.model.borrow(), Record::default(), more)?;
        let [rows, vocab] = logits.dims();
        Ok(logits.slice([rows - 1..rows, 0..vocab]))
    }

    /// A token and its probability; `None` where the options leave none.
    async fn choose(
        &self,
        logits: Tensor<2>,
        choice: &Choice,
        text: &[i32],
        step: usize,
    ) -> Result<Option<(i32, f32)>> {
        let (pipeline, sampler) = match choice {
            Choice::Host {
                pipeline, sampler, ..
            } => (pipeline, sampler),
            Choice::Device { rules, .. } => {
                let logits = match rules.added(step) {
                    Some(added) => logits + added,
                    None => logits,
                };
                return Ok(Some(self.choose_on_device(logits).await?));
            }
            // Refused before: an assistant helps a single row.
            Choice::Beams { .. } => return Ok(None),
        };
        let data = logits.into_data_async().await;
        let data = data.map_err(|e| Error::device(format!("{e:?}")))?;
        let mut values: Vec<f32> = data.iter::<f32>().collect();
        pipeline.apply(&[text], &mut values)?;
        let token = match sampler {
            None => greedy(&values),
            Some(sampler) => match sampler.sample(0, step, &values) {
                Ok(token) => token,
                Err(_) => return Ok(None),
            },
        };
        let score = values[token as usize];
        let sum: f32 = values.iter().map(|value| (value - score).exp()).sum();
        Ok(Some((token, 1.0 / sum)))
    }

    async fn choose_on_device(&self, logits: Tensor<2>) -> Result<(i32, f32)> {
        let token = ops::argmax(logits.clone());
        if self.options.confidence == 0.0 {
            let token = token.into_data_async().await;
            let token = token.map_err(|e| Error::device(format!("{e:?}")))?;
            return Ok((token.iter::<i32>().next().unwrap_or(0), 1.0));
        }
        let most = logits.clone().max_dim(1);
        let probability = (logits - most).exp().sum_dim(1).recip();
        // One read for both: ids are far below 2^24, where f32 begins to skip whole numbers.
        let both = Tensor::cat(vec![token.float().reshape([1, 1]), probability], 1);
        let both = both.into_data_async().await;
        let both = both.map_err(|e| Error::device(format!("{e:?}")))?;
        let mut both = both.iter::<f32>();
        let token = both.next().unwrap_or(0.0) as i32;
        Ok((token, both.next().unwrap_or(0.0)))
    }
}
