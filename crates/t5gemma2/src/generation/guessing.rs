//! Steps of a generation that guesses tokens ahead.

use burn::tensor::Tensor;
use std::cell::RefCell;
use std::rc::Rc;
use t5gemma2_ops as ops;

use super::assistant::Assistant;
use super::lookahead::{Ahead, Guesses, Lookahead, Source, not_wanted};
use super::options::{GenerateOptions, Prompt};
use super::{Choice, Generation};
use crate::encoder::EncoderOutput;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::recording::{Record, Recorded};

/// What guesses, if the options want it.
pub(super) fn lookahead(
    options: &GenerateOptions,
    encoded: &EncoderOutput,
    prompt: &Prompt,
) -> Result<Option<Lookahead>> {
    let Some(option) = options.guessing_option() else {
        return Ok(None);
    };
    if encoded.batch != 1 {
        let reason = format!("takes one row, not {}", encoded.batch);
        return Err(Error::input(option, reason));
    }
    let source = match options.lookup {
        Some(lookup) => Source::Lookup {
            lookup,
            input: encoded.ids.as_ref().map_or(Vec::new(), |ids| ids.concat()),
        },
        None => Source::Assistant(None),
    };
    let (answer, eos) = (prompt.ids.clone(), options.eos_token_ids.clone());
    Ok(Some(Lookahead::new(source, answer, eos)))
}

impl Generation {
    /// Let a second model guess, as [`GenerateOptions::assistance`] asked for: `encoded` is what its own encoder made of the
    /// input, or with the same model that of this generation. Before the first step.
    ///
    /// # Errors
    /// [`Error::Input`] for a model of another vocabulary, without such options, and once there was a step.
    pub fn assist(&mut self, model: Rc<RefCell<Model>>, encoded: Rc<EncoderOutput>) -> Result<()> {
        let (Some(lookahead), Some(assistance)) = (&mut self.lookahead, self.options.assistance)
        else {
            return Err(not_wanted());
        };
        if self.steps > 0 {
            return Err(Error::input(
                "assistantModel",
                "comes before the first step",
            ));
        }
        let prompt = self.options.prompt(&model.borrow().config().decoder, 1)?;
        let (options, vocab) = (&self.options, self.vocab);
        let assistant = Assistant::new(model, encoded, assistance, &prompt, options, vocab)?;
        lookahead.assist(assistant)
    }

    /// How well guesses did; `None` for a generation without.
    pub fn guesses(&self) -> Option<Guesses> {
        self.lookahead.as_ref().map(Lookahead::counts)
    }

    /// Logits [rows, vocab] of the next token, and what was recorded.
    pub(super) async fn logits(&mut self, model: &Model) -> Result<(Tensor<2>, Recorded)> {
        let Some(lookahead) = &mut self.lookahead else {
            return self.state.advance(model, self.options.report.record, &[]);
        };
        if lookahead.known().is_none() {
            let room = self.options.max_new_tokens - self.steps - 1;
            let guesses = lookahead.guess(room, self.steps, &self.choice).await?;
            let (logits, _) = self.state.advance(model, Record::default(), &guesses)?;
            lookahead.begin(guesses, Ahead::Logits(logits));
        }
        match lookahead.known() {
            Some((Ahead::Logits(logits), row)) => {
                let logits = logits.clone().slice([row..row + 1, 0..self.vocab]);
                Ok((logits, Recorded::default()))
            }
            _ => Err(on_device()),
        }
    }

    /// The next token, where the device chooses: those after all guesses come at once.
    pub(super) async fn chosen_ahead(&mut self, model: &Model) -> Result<i32> {
        let (Some(lookahead), Choice::Device { rules, .. }) = (&mut self.lookahead, &self.choice)
        else {
            return Err(on_device());
        };
        if lookahead.known().is_none() {
            let room = self.options.max_new_tokens - self.steps - 1;
            let guesses = lookahead.guess(room, self.steps, &self.choice).await?;
            let (mut logits, _) = self.state.advance(model, Record::default(), &guesses)?;
            let [rows, vocab] = logits.dims();
            let ahead = self.steps..self.steps + rows;
            let without_end = ahead.filter(|&step| rules.keep_from_ending(step)).count();
            if let Some(penalty) = rules.added(self.steps).filter(|_| without_end > 0) {
                let early = logits.clone().slice([0..without_end, 0..vocab]) + penalty;
                logits = logits.slice_assign([0..without_end, 0..vocab], early);
            }
            let chosen = ops::argmax(logits).into_data_async().await;
            let chosen = chosen.map_err(|e| Error::device(format!("{e:?}")))?;
            lookahead.begin(guesses, Ahead::Tokens(chosen.iter::<i32>().collect()));
        }
        match lookahead.known() {
            Some((Ahead::Tokens(tokens), row)) => Ok(tokens[row]),
            _ => Err(on_device()),
        }
    }

    /// Feed the decoder with what was chosen, unless it has read that on trial.
    pub(super) fn follow(&mut self, tokens: &[i32]) -> Result<()> {
        if let Some(lookahead) = &mut self.lookahead {
            match lookahead.chosen(tokens[0]) {
                None => return Ok(()),
                Some(wrong) => self.state.take_back(wrong)?,
            }
        }
        self.state.feed_from_host(tokens.to_vec(), None);
        Ok(())
    }
}

fn on_device() -> Error {
    Error::input("generation", "has its next tokens from the other side")
}
