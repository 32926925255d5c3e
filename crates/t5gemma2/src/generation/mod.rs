//! Decoding a step at a time, so that whoever drives it can stop between steps, or choose tokens of its own.

mod assistant;
mod guessing;
mod host;
mod lookahead;
mod lookup;
mod options;
mod past;
mod path;
mod replays;
mod rules;
mod started;
mod state;
mod step;

use std::rc::Rc;
use t5gemma2_ops::Sampling;

pub use assistant::Assistance;
pub use lookahead::Guesses;
pub use lookup::PromptLookup;
pub use options::{GenerateOptions, Report};
pub use past::Past;
pub use path::Path;
pub use step::{Scores, Step};

use crate::beams::{BeamOutput, BeamSearch};
use crate::cache::Cache;
use crate::encoder::EncoderOutput;
use crate::error::{Error, Result};
use crate::logits::{LogitsPipeline, Sampler};
use crate::model::Model;
use lookahead::Lookahead;
use replays::Replays;
use rules::Rules;
use state::DecoderState;

/// One generation under way.
pub struct Generation {
    state: DecoderState,
    choice: Choice,
    options: GenerateOptions,
    vocab: usize,
    finished: Vec<bool>,
    steps: usize,
    /// The tokens that each row may go on with in the next step.
    allowed: Option<Vec<Vec<i32>>>,
    /// The same as bits, a row of words each, which nothing overrules.
    mask: Option<Vec<u32>>,
    lookahead: Option<Lookahead>,
    replays: Replays,
}

/// Who chooses the next tokens.
enum Choice {
    /// The device takes the largest logit, or draws.
    Device {
        sampling: Option<Sampling>,
        rules: Box<Rules>,
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
        /// What the step under way reports, between its halves.
        held: Option<Step>,
    },
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
        let choice = if options.stays_on_device(model.device()) {
            // For what it finds wrong.
            pipeline()?;
            let draws = options.do_sample;
            Choice::Device {
                sampling: draws.then(|| options.logits.sampling(options.seed)),
                rules: Box::new(Rules::new(
                    &options,
                    &prompt,
                    config.vocab_size,
                    model.device(),
                )),
            }
        } else if options.searches() {
            let search =
                BeamSearch::new(options.beam_options(&prompt), &prompt.ids, prompt.length)?;
            Choice::Beams {
                pipeline: pipeline()?,
                search,
                held: None,
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
        let lookahead = guessing::lookahead(&options, &encoded, &prompt)?;
        let replays = Replays::new(&options, model.device());
        let spare = match options.most_guesses() {
            0 => replays.spare(&options),
            guesses => guesses,
        };
        Ok(Self {
            state: DecoderState::new(model, encoded, &prompt, &options, spare)?,
            choice,
            options,
            vocab,
            finished,
            steps: 0,
            allowed: None,
            mask: None,
            lookahead,
            replays,
        })
    }

    /// Go on from a cache. Before the first step.
    ///
    /// # Errors
    /// [`Error::Input`] for a cache of other rows or of more tokens than `past` allows, and once there was a step.
    pub fn resume(&mut self, cache: Cache, past: Past) -> Result<()> {
        if self.steps > 0 {
            return Err(Error::input("pastKeyValues", "come before the first step"));
        }
        if let Some(option) = self.options.guessing_option() {
            let reason = format!("can't be used with {option}");
            return Err(Error::input("pastKeyValues", reason));
        }
        let positions_given = self.options.decoder_position_ids.is_some();
        self.state.resume(cache, past, positions_given)
    }

    /// The decoder's cache, which has every token but the newest of each row, or of each running beam; `None` where the options
    /// keep nothing.
    pub fn cache(&self) -> Option<Cache> {
        let mut cache = self.state.cache()?;
        let too_many = self.lookahead.as_ref().map_or(0, Lookahead::too_many);
        cache
            .take_back(too_many + self.replays.too_many(self.steps))
            .ok()?;
        self.replays.lend();
        Some(cache)
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
        self.step_ahead(model, 0).await
    }

    /// The same, and let a device that can go on by itself do so for `ahead` steps, at most; their tokens are then there at
    /// once.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub async fn step_ahead(&mut self, model: &Model, ahead: usize) -> Result<Step> {
        let Choice::Device { .. } = &self.choice else {
            let scores = self.scores(model).await?;
            return self.choose(scores);
        };
        self.check_not_done()?;
        if self.lookahead.is_some() {
            let token = self.chosen_ahead(model).await?;
            let step = self.finish_step(vec![token], Step::default());
            self.follow(&step.tokens)?;
            return Ok(step);
        }
        let tokens = self.next_tokens(model, ahead).await?;
        let step = self.finish_step(tokens.clone(), Step::default());
        if step.tokens != tokens && self.replays.too_many(self.steps) == 0 {
            // A cache of several rows has what ended ones are filled with, those that the host ended too.
            self.state.feed_again(step.tokens.clone());
        }
        Ok(step)
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

    /// Fill rows that have ended, and see which end now. Without end tokens the oracle fills none.
    fn finish_step(&mut self, mut tokens: Vec<i32>, step: Step) -> Step {
        let eos = &self.options.eos_token_ids;
        let filling = self.options.ends().map(|(_, filling)| filling);
        for (token, finished) in tokens.iter_mut().zip(&mut self.finished) {
            if !*finished {
                *finished = eos.contains(token);
            } else if let Some(filling) = filling {
                *token = filling;
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
