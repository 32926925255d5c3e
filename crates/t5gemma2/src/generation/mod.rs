//! Decoding a step at a time, so that whoever drives it can stop between steps, or choose tokens of its own.

mod options;
mod state;

use burn::tensor::{Tensor, TensorData};
use std::rc::Rc;
use t5gemma2_ops as ops;

pub use options::{GenerateOptions, Report};

use crate::beams::{BeamOutput, BeamSearch};
use crate::encoder::EncoderOutput;
use crate::error::{Error, Result};
use crate::logits::{LogitsPipeline, Sampler, TokenLogprobs, greedy, log_softmax, logprobs};
use crate::model::Model;
use state::DecoderState;

/// One generation under way.
pub struct Generation {
    state: DecoderState,
    choice: Choice,
    options: GenerateOptions,
    vocab: usize,
    finished: Vec<bool>,
    steps: usize,
}

/// Who chooses the next tokens.
enum Choice {
    /// The device takes the largest logit.
    Device {
        /// Added to the logits while no row may end: [1, vocab].
        no_eos: Option<Tensor<2>>,
    },
    /// The host reads the logits, processes them and takes the largest or draws.
    Host {
        pipeline: LogitsPipeline,
        sampler: Option<Sampler>,
        /// Each row so far, prompt included.
        sequences: Vec<Vec<i32>>,
    },
    /// The host searches with beams.
    Beams {
        pipeline: LogitsPipeline,
        search: BeamSearch,
    },
}

/// What one step made.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Step {
    /// The next token of each row, the pad token for rows that had ended before; of a beam search, those of the running beams.
    pub tokens: Vec<i32>,
    /// Whether each row has ended, with this token or earlier; not told by a beam search.
    pub finished: Vec<bool>,
    /// Whether this was the last step.
    pub done: bool,
    /// As [`Report`] asked: [rows, vocab].
    pub logits: Option<Vec<f32>>,
    /// As [`Report`] asked: [rows, vocab].
    pub scores: Option<Vec<f32>>,
    /// As [`Report`] asked, a row each.
    pub logprobs: Option<Vec<TokenLogprobs>>,
}

/// Logits on the host between the two halves of a step.
pub struct Scores {
    /// [rows, vocab], after the processors and before the sampling filters; a caller may change them.
    pub values: Vec<f32>,
    logits: Option<Vec<f32>>,
}

impl Generation {
    /// Begin to answer an encoded input.
    ///
    /// # Errors
    /// [`Error::Input`] that names the option at fault.
    pub fn new(
        model: &Model,
        encoded: Rc<EncoderOutput>,
        options: GenerateOptions,
    ) -> Result<Self> {
        let config = &model.config().decoder;
        if !model.generates() {
            return Err(Error::input(
                "model",
                "has no LM head: load it for generation",
            ));
        }
        options.check(config)?;
        let prompt = options.prompt(config, encoded.batch)?;
        let pipeline = || {
            LogitsPipeline::new(
                &options.logits,
                options.logits_context(config.vocab_size, &prompt, &encoded),
            )
        };
        let repeat = options.rows_per_input();
        let choice = if options.stays_on_device() {
            Choice::Device {
                no_eos: no_eos(model, &options),
            }
        } else if options.searches() {
            let search =
                BeamSearch::new(options.beam_options(&prompt), &prompt.ids, prompt.length)?;
            Choice::Beams {
                pipeline: pipeline()?,
                search,
            }
        } else {
            let rows = prompt
                .ids
                .chunks(prompt.length)
                .flat_map(|row| std::iter::repeat_n(row.to_vec(), repeat));
            let sampler = options.do_sample.then(|| Sampler::new(options.seed));
            Choice::Host {
                pipeline: pipeline()?,
                sampler,
                sequences: rows.collect(),
            }
        };
        let vocab = config.vocab_size;
        let finished = vec![false; encoded.batch * repeat];
        Ok(Self {
            state: DecoderState::new(model, encoded, &prompt, repeat)?,
            choice,
            options,
            vocab,
            finished,
            steps: 0,
        })
    }

    /// Whether every row has ended or the limit is reached.
    pub fn is_done(&self) -> bool {
        match &self.choice {
            Choice::Beams { search, .. } => search.is_done(),
            _ => {
                self.steps == self.options.max_new_tokens
                    || self.finished.iter().all(|&finished| finished)
            }
        }
    }

    /// Whether the choice is left to the device, which [`Self::scores`] would undo.
    pub fn stays_on_device(&self) -> bool {
        matches!(self.choice, Choice::Device { .. })
    }

    /// Choose the next token of every row.
    ///
    /// # Errors
    /// [`Error::Input`] once the generation is done, [`Error::Device`] where the device fails.
    pub async fn step(&mut self, model: &Model) -> Result<Step> {
        let Choice::Device { no_eos } = &self.choice else {
            let scores = self.scores(model).await?;
            return self.choose(scores);
        };
        let no_eos = no_eos
            .clone()
            .filter(|_| self.steps < self.options.logits.min_new_tokens.unwrap_or(0));
        self.check_not_done()?;
        let mut logits = self.state.advance(model)?;
        if let Some(penalty) = no_eos {
            logits = logits + penalty;
        }
        let chosen = ops::argmax(logits);
        self.state.feed(chosen.clone());
        let data = chosen
            .into_data_async()
            .await
            .map_err(|e| Error::device(format!("{e:?}")))?;
        Ok(self.finish_step(data.iter::<i32>().collect(), Step::default()))
    }

    /// The first half of a step whose choice is the host's: the processed logits, for a caller with processors of its own.
    ///
    /// # Errors
    /// [`Error::Input`] once the generation is done, [`Error::Device`] where the device fails.
    pub async fn scores(&mut self, model: &Model) -> Result<Scores> {
        self.check_not_done()?;
        let logits = self.state.advance(model)?;
        let data = logits
            .into_data_async()
            .await
            .map_err(|e| Error::device(format!("{e:?}")))?;
        let mut values: Vec<f32> = data.iter::<f32>().collect();
        let logits = self.options.report.logits.then(|| values.clone());
        match &self.choice {
            Choice::Device { .. } => {
                return Err(Error::input(
                    "generation",
                    "leaves its choices to the device",
                ));
            }
            Choice::Host {
                pipeline,
                sequences,
                ..
            } => pipeline.apply_processors(sequences, &mut values)?,
            Choice::Beams { pipeline, search } => {
                values.chunks_mut(self.vocab).for_each(log_softmax);
                pipeline.apply_processors(&search.sequences(), &mut values)?;
            }
        }
        Ok(Scores { values, logits })
    }

    /// The second half: filter, choose, and feed the decoder.
    ///
    /// # Errors
    /// [`Error::Input`] for another number of scores, and where no token can be chosen.
    pub fn choose(&mut self, scores: Scores) -> Result<Step> {
        let Scores { mut values, logits } = scores;
        let report = self.options.report;
        match &mut self.choice {
            Choice::Device { .. } => Err(Error::input(
                "generation",
                "leaves its choices to the device",
            )),
            Choice::Host {
                pipeline,
                sampler,
                sequences,
            } => {
                pipeline.apply_warpers(sequences, &mut values)?;
                let rows = values.chunks(self.vocab).enumerate();
                let tokens: Vec<i32> = match sampler {
                    None => rows.map(|(_, row)| greedy(row)).collect(),
                    Some(sampler) => rows
                        .map(|(i, row)| sampler.sample(i, self.steps, row))
                        .collect::<Result<_>>()?,
                };
                let told = |count| {
                    tokens
                        .iter()
                        .zip(values.chunks(self.vocab))
                        .map(|(&token, row)| logprobs(row, token, count))
                        .collect()
                };
                let logprobs = report.logprobs.map(told);
                let step = Step {
                    logits,
                    logprobs,
                    scores: report.scores.then_some(values),
                    ..Step::default()
                };
                let step = self.finish_step(tokens, step);
                if let Choice::Host { sequences, .. } = &mut self.choice {
                    sequences
                        .iter_mut()
                        .zip(&step.tokens)
                        .for_each(|(row, &token)| row.push(token));
                }
                self.state.feed_from_host(step.tokens.clone(), None);
                Ok(step)
            }
            Choice::Beams { pipeline, search } => {
                pipeline.apply_warpers(&search.sequences(), &mut values)?;
                let beams = search.step(&values)?;
                self.steps += 1;
                if !beams.done {
                    self.state
                        .feed_from_host(beams.tokens.clone(), Some(&beams.sources));
                }
                let scores = report.scores.then_some(values);
                Ok(Step {
                    tokens: beams.tokens,
                    done: beams.done,
                    logits,
                    scores,
                    ..Step::default()
                })
            }
        }
    }

    /// The best sequences of a beam search, finished or not; `None` for another generation.
    pub fn into_beams(self) -> Option<BeamOutput> {
        match self.choice {
            Choice::Beams { search, .. } => Some(search.finish()),
            _ => None,
        }
    }

    fn check_not_done(&self) -> Result<()> {
        if self.is_done() {
            return Err(Error::input("generation", "is done: begin a new one"));
        }
        Ok(())
    }

    /// Fill rows that have ended, and see which end now.
    fn finish_step(&mut self, mut tokens: Vec<i32>, step: Step) -> Step {
        let eos = &self.options.eos_token_ids;
        let filling = self
            .options
            .pad_token_id
            .or(eos.first().copied())
            .unwrap_or(0);
        for (token, finished) in tokens.iter_mut().zip(&mut self.finished) {
            if *finished {
                *token = filling;
            } else {
                *finished = eos.contains(token);
            }
        }
        self.steps += 1;
        Step {
            tokens,
            finished: self.finished.clone(),
            done: self.is_done(),
            ..step
        }
    }
}

/// What keeps end tokens from being chosen.
fn no_eos(model: &Model, options: &GenerateOptions) -> Option<Tensor<2>> {
    let vocab = model.config().decoder.vocab_size;
    if options.logits.min_new_tokens.unwrap_or(0) == 0 || options.eos_token_ids.is_empty() {
        return None;
    }
    let mut penalty = vec![0.0; vocab];
    options
        .eos_token_ids
        .iter()
        .for_each(|&id| penalty[id as usize] = f32::NEG_INFINITY);
    Some(Tensor::from_data(
        TensorData::new(penalty, [1, vocab]),
        model.device(),
    ))
}
