//! The search itself.

use super::{Beam, BeamOptions, BeamOutput, EarlyStopping, WORST};
use crate::error::{Error, Result};
use crate::logits::{Random, Urn, top};

/// What to feed the decoder next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeamStep {
    /// The newest token of each running beam: [batch * num_beams].
    pub tokens: Vec<i32>,
    /// The row whose cache each running beam goes on from: [batch * num_beams], indices of the same rows.
    pub sources: Vec<usize>,
    /// Whether the search is over.
    pub done: bool,
}

/// The beams of one input.
#[derive(Debug, Clone)]
struct Input {
    running: Vec<Beam>,
    /// Best first. Beams that are not finished stand in until `num_beams` are.
    kept: Vec<Beam>,
    finished: Vec<bool>,
    /// Continuations under consideration, between [`BeamSearch::expand`] and [`BeamSearch::select`].
    candidates: Vec<Beam>,
    /// Whether a running beam may still become better than a finished one.
    hopeful: bool,
}

/// A beam search under way, for a batch of inputs.
#[derive(Debug, Clone)]
pub struct BeamSearch {
    options: BeamOptions,
    random: Random,
    prompt_length: usize,
    /// Tokens a running beam, prompt included.
    length: usize,
    inputs: Vec<Input>,
    done: bool,
}

impl BeamSearch {
    /// Begin with these prompts: [batch, prompt_length].
    ///
    /// # Errors
    /// [`Error::Input`] that names the option at fault.
    pub fn new(options: BeamOptions, prompts: &[i32], prompt_length: usize) -> Result<Self> {
        options.validate(prompt_length)?;
        if prompt_length == 0 || prompts.is_empty() || !prompts.len().is_multiple_of(prompt_length)
        {
            let reason = format!(
                "have {} tokens, which are not rows of {prompt_length}",
                prompts.len()
            );
            return Err(Error::input("decoderInputIds", reason));
        }
        let input = |prompt: &[i32]| {
            let beam = |score| Beam {
                tokens: prompt.to_vec(),
                rows: Vec::new(),
                score,
            };
            // All beams are the same at first: only the first one's continuations are to be considered.
            let running = (0..options.num_beams)
                .map(|i| beam(if i == 0 { 0.0 } else { WORST }))
                .collect();
            let kept = vec![beam(WORST); options.num_beams];
            Input {
                running,
                kept,
                finished: vec![false; options.num_beams],
                candidates: Vec::new(),
                hopeful: true,
            }
        };
        let inputs = prompts.chunks(prompt_length).map(input).collect();
        Ok(Self {
            random: Random::new(options.seed),
            prompt_length,
            length: prompt_length,
            inputs,
            done: false,
            options,
        })
    }

    /// Whether the search is over.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// The running beams, prompt included, as processors want them: [batch * num_beams].
    pub fn sequences(&self) -> Vec<&[i32]> {
        self.inputs
            .iter()
            .flat_map(|input| &input.running)
            .map(|beam| &beam.tokens[..])
            .collect()
    }

    /// Go on with the best continuations. `log_probs` are the processed log-probabilities of the running beams: [batch *
    /// num_beams, vocab].
    ///
    /// # Errors
    /// [`Error::Input`] for another number of them, for too small a vocabulary, once the search is done, and where sampling meets
    /// NaN or nothing to draw.
    pub fn step(&mut self, log_probs: &[f32]) -> Result<BeamStep> {
        self.expand(log_probs)?;
        self.select(None)
    }

    /// The first half of [`Self::step`], for callers with stopping rules of their own: finds the continuations that
    /// [`Self::candidates`] tells.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn expand(&mut self, log_probs: &[f32]) -> Result<()> {
        if self.done {
            return Err(Error::input("generation", "is done: begin a new one"));
        }
        let (beams, count) = (self.options.num_beams, self.options.candidates());
        let rows = self.inputs.len() * beams;
        let vocab = log_probs.len() / rows;
        if log_probs.len() != rows * vocab || vocab * beams < count {
            let reason = format!(
                "are {}, not {rows} rows of a vocabulary of at least {}",
                log_probs.len(),
                count.div_ceil(beams)
            );
            return Err(Error::input("logits", reason));
        }
        for (index, (input, scores)) in self
            .inputs
            .iter_mut()
            .zip(log_probs.chunks(beams * vocab))
            .enumerate()
        {
            let sums = scores
                .iter()
                .enumerate()
                .map(|(i, score)| score + input.running[i / vocab].score);
            let best = match self.options.do_sample {
                true => draw(&sums.collect::<Vec<f32>>(), count, |draw| {
                    self.random
                        .uniform(index, self.length - self.prompt_length, draw)
                })?,
                false => top(sums, count),
            };
            input.candidates = best
                .into_iter()
                .map(|(place, score)| {
                    let (beam, token) = (place / vocab, place % vocab);
                    let mut candidate = Beam {
                        score,
                        ..input.running[beam].clone()
                    };
                    candidate.tokens.push(token as i32);
                    candidate.rows.push((index * beams + beam) as i32);
                    candidate
                })
                .collect();
        }
        Ok(())
    }

    /// The continuations under consideration, prompt included, (1 + end tokens, at least 2) * num_beams an input; none but
    /// between the halves of a step.
    pub fn candidates(&self) -> Vec<&[i32]> {
        self.inputs
            .iter()
            .flat_map(|input| &input.candidates)
            .map(|beam| &beam.tokens[..])
            .collect()
    }

    /// The second half of [`Self::step`]. `stopped` says of each continuation whether it ends here; those that end with an end
    /// token or at the length limit do so anyway.
    ///
    /// # Errors
    /// [`Error::Input`] for another number of them, and without [`Self::expand`] before.
    pub fn select(&mut self, stopped: Option<&[bool]>) -> Result<BeamStep> {
        let (beams, count) = (self.options.num_beams, self.options.candidates());
        if self.inputs.iter().any(|input| input.candidates.is_empty()) {
            return Err(Error::input(
                "generation",
                "has no continuations to select from: expand the beams first",
            ));
        }
        if stopped.is_some_and(|stopped| stopped.len() != count * self.inputs.len()) {
            return Err(Error::input(
                "stopped",
                format!("must say so of {} continuations", count * self.inputs.len()),
            ));
        }
        self.length += 1;
        let mut all_end = true;
        for (index, input) in self.inputs.iter_mut().enumerate() {
            let candidates = std::mem::take(&mut input.candidates);
            let ends: Vec<bool> = candidates
                .iter()
                .enumerate()
                .map(|(i, beam)| {
                    let ended = beam
                        .tokens
                        .last()
                        .is_some_and(|token| self.options.eos_token_ids.contains(token));
                    ended
                        || self.length >= self.options.max_length
                        || stopped.is_some_and(|stopped| stopped[index * count + i])
                })
                .collect();
            all_end &= ends.iter().all(|&end| end);
            let going_on = candidates
                .iter()
                .zip(&ends)
                .map(|(beam, &end)| beam.score + if end { WORST } else { 0.0 });
            let going_on = top(going_on, beams);
            input.running = going_on
                .into_iter()
                .map(|(i, score)| Beam {
                    score,
                    ..candidates[i].clone()
                })
                .collect();
            input.keep_finished(
                candidates,
                &ends,
                &self.options,
                self.length - self.prompt_length,
            );
            input.hopeful &= input.may_improve(
                &self.options,
                self.length - self.prompt_length,
                self.prompt_length,
            );
        }
        let hopeful = self.inputs.iter().any(|input| input.hopeful);
        let full = self
            .inputs
            .iter()
            .all(|input| input.finished.iter().all(|&finished| finished));
        self.done =
            !hopeful || (full && self.options.early_stopping == EarlyStopping::Yes) || all_end;
        let running = || self.inputs.iter().flat_map(|input| &input.running);
        Ok(BeamStep {
            tokens: running()
                .filter_map(|beam| beam.tokens.last().copied())
                .collect(),
            sources: running()
                .filter_map(|beam| beam.rows.last().map(|&row| row as usize))
                .collect(),
            done: self.done,
        })
    }

    /// The best sequences found. Where a caller breaks off, running beams follow the finished ones.
    pub fn finish(mut self) -> BeamOutput {
        if !self.done {
            let divisor = self.options.divisor(self.length - self.prompt_length);
            self.inputs
                .iter_mut()
                .for_each(|input| input.keep_running(divisor));
        }
        let (count, filling) = (self.options.num_return_sequences, self.options.filling());
        let beams = self
            .inputs
            .into_iter()
            .flat_map(|input| input.kept.into_iter().take(count))
            .collect();
        BeamOutput::new(beams, self.prompt_length, filling)
    }
}

impl Input {
    /// Let candidates that ended take the places of worse beams. `new_tokens` have been generated, this step's included.
    fn keep_finished(
        &mut self,
        candidates: Vec<Beam>,
        ends: &[bool],
        options: &BeamOptions,
        new_tokens: usize,
    ) {
        let closed = options.early_stopping == EarlyStopping::Yes
            && self.finished.iter().all(|&finished| finished);
        let divisor = options.divisor(new_tokens);
        let kept = std::mem::take(&mut self.kept)
            .into_iter()
            .zip(std::mem::take(&mut self.finished));
        let candidates = candidates
            .into_iter()
            .zip(ends)
            .enumerate()
            .map(|(i, (beam, &end))| {
                // The rest stands by in case all of the first end, and is not good enough to be kept.
                let ended = end && i < options.num_beams;
                let mut score = beam.score / divisor;
                for barred in [closed, !self.hopeful, !ended] {
                    score += if barred { WORST } else { 0.0 };
                }
                (Beam { score, ..beam }, ended)
            });
        // Among equals a candidate goes first: nothing is worse than a beam that never got anywhere.
        let merged: Vec<(Beam, bool)> = candidates.chain(kept).collect();
        let best = top(merged.iter().map(|(beam, _)| beam.score), options.num_beams);
        (self.kept, self.finished) = best.into_iter().map(|(i, _)| merged[i].clone()).unzip();
    }

    /// Let running beams take the places that no finished beam has.
    fn keep_running(&mut self, divisor: f32) {
        let mut running = self.running.iter();
        for (place, _) in self
            .kept
            .iter_mut()
            .zip(&self.finished)
            .filter(|(_, finished)| !**finished)
        {
            if let Some(beam) = running.next() {
                *place = Beam {
                    score: beam.score / divisor,
                    ..beam.clone()
                };
            }
        }
    }

    /// Whether the best running beam could end better than the worst finished one.
    fn may_improve(&self, options: &BeamOptions, new_tokens: usize, prompt_length: usize) -> bool {
        let length = match options.early_stopping {
            EarlyStopping::Never if options.length_penalty > 0.0 => {
                options.max_length - prompt_length
            }
            _ => new_tokens,
        };
        let best = self.running[0].score / options.divisor(length);
        let worst = self
            .kept
            .iter()
            .fold(f32::INFINITY, |worst, beam| worst.min(beam.score));
        self.finished
            .iter()
            .any(|&finished| best > if finished { worst } else { WORST })
    }
}

/// Draw `count` places without putting any back, in the order drawn, each with its score. Where less is possible, the best of
/// the rest follow.
fn draw(scores: &[f32], count: usize, uniform: impl Fn(usize) -> f64) -> Result<Vec<(usize, f32)>> {
    let mut urn = Urn::new(scores)?;
    let mut drawn: Vec<(usize, f32)> = (0..count)
        .map_while(|draw| urn.draw(uniform(draw)))
        .map(|place| (place, scores[place]))
        .collect();
    if drawn.len() < count {
        let mut rest = top(scores.iter().copied(), count);
        rest.retain(|(place, _)| !drawn.iter().any(|(other, _)| other == place));
        rest.truncate(count - drawn.len());
        drawn.extend(rest);
    }
    Ok(drawn)
}
