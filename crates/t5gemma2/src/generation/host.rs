//! The halves of a step whose choice is the host's, for callers with processors and stopping rules of their own.
//!
//! `scores`, then `choose`; in a beam search, `expand` and `select` are the halves of `choose`.

use super::step::{Scores, Step};
use super::{Choice, Generation};
use crate::error::{Error, Result};
use crate::logits::{TokenLogprobs, greedy, log_softmax, logprobs};
use crate::model::Model;

impl Generation {
    /// The first half of a step whose choice is the host's: the processed logits, for a caller with processors of its own.
    ///
    /// # Errors
    /// [`Error::Input`] once the generation is done, [`Error::Device`] where the device fails.
    pub async fn scores(&mut self, model: &Model) -> Result<Scores> {
        self.check_not_done()?;
        if self.stays_on_device() {
            return Err(on_device());
        }
        let (logits, recorded) = self.logits(model).await?;
        let data = logits
            .into_data_async()
            .await
            .map_err(|e| Error::device(format!("{e:?}")))?;
        let mut values: Vec<f32> = data.iter::<f32>().collect();
        let logits = self.options.report.logits.then(|| values.clone());
        if self.searches() {
            values.chunks_mut(self.vocab).for_each(log_softmax);
        }
        let allowed = self.allowed.take();
        if let Choice::Host { pipeline, .. } | Choice::Beams { pipeline, .. } = &self.choice {
            let sequences = self.sequences();
            match allowed {
                None => pipeline.apply_processors(&sequences, &mut values)?,
                Some(allowed) => {
                    pipeline.apply_processors_within(&allowed, &sequences, &mut values)?
                }
            }
        }
        Ok(Scores {
            values,
            report: Step {
                logits,
                recorded,
                ..Step::default()
            },
        })
    }

    /// Let each row go on only with these tokens in the next step, where the choice is the host's; tokens that the options
    /// force come all the same.
    pub fn allow(&mut self, allowed: Vec<Vec<i32>>) {
        self.allowed = Some(allowed);
    }

    /// Let each row go on only with the tokens whose bits are set, bit `id % 32` of word `id / 32`, in the next choice. Nothing
    /// overrules that: it goes after all processors, a caller's own included. Not with beams.
    pub fn mask(&mut self, words: Vec<u32>) {
        self.mask = Some(words);
    }

    fn apply_mask(&mut self, values: &mut [f32]) -> Result<()> {
        let Some(mask) = self.mask.take() else {
            return Ok(());
        };
        let words = self.vocab.div_ceil(32);
        if mask.len() != words * self.finished.len() {
            let reason = format!("has {} words, not {words} a row", mask.len());
            return Err(Error::input("constraint", reason));
        }
        let rows = values
            .chunks_exact_mut(self.vocab)
            .zip(mask.chunks_exact(words));
        for (row, (scores, mask)) in rows.enumerate() {
            let mut any = false;
            for (id, score) in scores.iter_mut().enumerate() {
                if mask[id / 32] >> (id % 32) & 1 == 0 {
                    *score = f32::NEG_INFINITY;
                }
                any |= *score > f32::NEG_INFINITY;
            }
            if !any {
                let reason = format!("leaves row {row} no token that the other options allow");
                return Err(Error::input("constraint", reason));
            }
        }
        Ok(())
    }

    /// The rows so far as the processors see them, prompt included: [rows, length]. Those of a beam search are its running
    /// beams; none where the choice is the device's.
    pub fn sequences(&self) -> Vec<&[i32]> {
        match &self.choice {
            Choice::Device { .. } => Vec::new(),
            Choice::Host { sequences, .. } => sequences.iter().map(Vec::as_slice).collect(),
            Choice::Beams { search, .. } => search.sequences(),
        }
    }

    /// The second half: filter, choose, and feed the decoder.
    ///
    /// # Errors
    /// [`Error::Input`] for another number of scores, and where no token can be chosen.
    pub fn choose(&mut self, scores: Scores) -> Result<Step> {
        if self.searches() {
            self.expand(scores)?;
            return self.select(None);
        }
        let Scores { mut values, report } = scores;
        self.apply_mask(&mut values)?;
        let Choice::Host {
            pipeline,
            sampler,
            sequences,
        } = &mut self.choice
        else {
            return Err(on_device());
        };
        pipeline.apply_warpers(sequences, &mut values)?;
        let rows = values.chunks(self.vocab);
        let tokens: Vec<i32> = match sampler {
            None => rows.map(greedy).collect(),
            Some(sampler) => rows
                .enumerate()
                .map(|(i, row)| sampler.sample(i, self.steps, row))
                .collect::<Result<_>>()?,
        };
        let told = |count| told(&tokens, &values, self.vocab, count);
        let logprobs = self.options.report.logprobs.map(told);
        let step = Step {
            logprobs,
            scores: self.options.report.scores.then_some(values),
            ..report
        };
        let step = self.finish_step(tokens, step);
        if let Choice::Host { sequences, .. } = &mut self.choice {
            let rows = sequences.iter_mut().zip(&step.tokens);
            rows.for_each(|(row, &token)| row.push(token));
        }
        self.follow(&step.tokens)?;
        Ok(step)
    }

    /// The first half of [`Self::choose`] in a beam search: the continuations under consideration, prompt included, as
    /// [`crate::beams::BeamSearch::expand`] tells them.
    ///
    /// # Errors
    /// As [`Self::choose`], and outside of a beam search.
    pub fn expand(&mut self, scores: Scores) -> Result<Vec<&[i32]>> {
        let Choice::Beams {
            pipeline,
            search,
            held,
        } = &mut self.choice
        else {
            return Err(no_beams());
        };
        let Scores { mut values, report } = scores;
        pipeline.apply_warpers(&search.sequences(), &mut values)?;
        search.expand(&values)?;
        *held = Some(Step {
            scores: self.options.report.scores.then_some(values),
            ..report
        });
        Ok(search.candidates())
    }

    /// Between [`Self::expand`] and [`Self::select`], the scores [rows, vocab] that the step will report.
    pub fn expanded_scores(&self) -> Option<&[f32]> {
        match &self.choice {
            Choice::Beams { held, .. } => held.as_ref()?.scores.as_deref(),
            _ => None,
        }
    }

    /// The second half: `stopped` says of each continuation whether it ends here, besides those that end anyway.
    ///
    /// # Errors
    /// [`Error::Input`] for another number of them, and without [`Self::expand`] before.
    pub fn select(&mut self, stopped: Option<&[bool]>) -> Result<Step> {
        let Choice::Beams { search, held, .. } = &mut self.choice else {
            return Err(no_beams());
        };
        let beams = search.select(stopped)?;
        let report = held.take().unwrap_or_default();
        self.steps += 1;
        if beams.done {
            self.state.follow(&beams.sources);
        } else {
            self.state
                .feed_from_host(beams.tokens.clone(), Some(&beams.sources));
        }
        Ok(Step {
            tokens: beams.tokens,
            done: beams.done,
            ..report
        })
    }

    /// End rows after a step, besides those that ended by themselves; whether the generation is done with that.
    ///
    /// # Errors
    /// [`Error::Input`] for another number of rows, and in a beam search.
    pub fn stop(&mut self, rows: &[bool]) -> Result<bool> {
        if self.searches() || rows.len() != self.finished.len() {
            let reason = format!("must say so of {} rows", self.finished.len());
            return Err(Error::input("stopped", reason));
        }
        let rows = self.finished.iter_mut().zip(rows);
        rows.for_each(|(finished, stopped)| *finished |= stopped);
        Ok(self.is_done())
    }

    fn searches(&self) -> bool {
        matches!(self.choice, Choice::Beams { .. })
    }
}

fn told(tokens: &[i32], values: &[f32], vocab: usize, count: usize) -> Vec<TokenLogprobs> {
    let rows = tokens.iter().zip(values.chunks(vocab));
    rows.map(|(&token, row)| logprobs(row, token, count))
        .collect()
}

fn on_device() -> Error {
    Error::input("generation", "leaves its choices to the device")
}

fn no_beams() -> Error {
    Error::input("generation", "does not search with beams")
}
