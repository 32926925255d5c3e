//! Steps that the device takes by itself: recorded once, then replayed in chunks, with the next chunk under way while the
//! tokens of one are waited for.

use burn::tensor::{Device, ExecutionError, TensorData};
use std::cell::Cell;
use std::collections::VecDeque;
use std::fmt::Debug;
use t5gemma2_ops::{self as ops, Recording};

use super::options::GenerateOptions;
use super::started::Started;
use super::state::HISTORY;
use super::{Choice, Generation};
use crate::error::{Error, Result};
use crate::logits::{no_token, not_numbers};
use crate::model::Model;
use crate::recording::Record;

/// Steps of a chunk, at most: two chunks at a time have to fit into the history.
const MAX_AHEAD: usize = 16;
/// With fewer steps left, recording one does not pay.
const WORTH_RECORDING: usize = 4;

/// What of a generation's steps was left to the device.
pub(super) struct Replays {
    can_record: bool,
    recording: Option<Recording>,
    /// Whether the recorded step keeps rows from ending.
    without_end: bool,
    /// Steps whose choice was queued.
    launched: usize,
    /// Whether there were replays.
    any: bool,
    waiting: Option<Chunk>,
    /// Tokens of each row of steps that are ahead of what was handed out.
    ready: VecDeque<Vec<i32>>,
    /// Whether somebody else holds the cache, which then must not change any more.
    lent: Cell<bool>,
}

/// Steps under way.
struct Chunk {
    steps: std::ops::Range<usize>,
    history: Started<std::result::Result<TensorData, ExecutionError>>,
}

impl Replays {
    pub fn new(options: &GenerateOptions, device: &Device) -> Self {
        let wanted = options.stays_on_device(device) && options.most_guesses() == 0;
        Self {
            can_record: wanted && ops::can_record(device),
            recording: None,
            without_end: false,
            launched: 0,
            any: false,
            waiting: None,
            ready: VecDeque::new(),
            lent: Cell::new(false),
        }
    }

    /// Slots that sliding layers need beyond their window, for the tokens of steps that turn out to be too many.
    pub fn spare(&self, options: &GenerateOptions) -> usize {
        match self.can_record && options.max_new_tokens > WORTH_RECORDING {
            true => (2 * MAX_AHEAD).min(options.max_new_tokens),
            false => 0,
        }
    }

    /// Whether there were replays.
    pub fn any(&self) -> bool {
        self.any
    }

    /// Steps that were taken beyond `steps`.
    pub fn too_many(&self, steps: usize) -> usize {
        self.launched.saturating_sub(steps)
    }

    /// Hear that somebody else holds the cache from now on.
    pub fn lend(&self) {
        self.lent.set(true);
    }

    /// Why there were none.
    pub fn why_not(&self, spare: usize) -> &'static str {
        if !self.can_record {
            "the CPU has no launches to record"
        } else if spare < 2 {
            "the cache that it goes on from has no spare slots"
        } else {
            "the answer is short"
        }
    }
}

impl Generation {
    /// Give up steps that are under way. The device may still read their tokens back: their memory is free once the result
    /// has come.
    pub fn settle(&mut self) -> impl Future<Output = ()> + 'static {
        let chunk = self.replays.waiting.take();
        async move {
            if let Some(chunk) = chunk {
                // Nobody wants to know any more.
                let _ = chunk.history.finish().await;
            }
        }
    }

    /// The next token of each row, as the device chooses it.
    ///
    /// # Errors
    /// Those of a draw, where the device has put down that there was nothing to draw.
    pub(super) async fn next_tokens(&mut self, model: &Model, ahead: usize) -> Result<Vec<i32>> {
        let tokens = self.put_down(model, ahead).await?;
        if tokens.contains(&ops::NOT_NUMBERS) {
            Err(not_numbers())
        } else if tokens.contains(&ops::NO_TOKEN) {
            Err(no_token())
        } else {
            Ok(tokens)
        }
    }

    /// What the device has put down next, tokens or not.
    async fn put_down(&mut self, model: &Model, ahead: usize) -> Result<Vec<i32>> {
        if let Some(tokens) = self.replays.ready.pop_front() {
            return Ok(tokens);
        }
        let chunk = match self.replays.waiting.take() {
            Some(chunk) => Some(chunk),
            None => self.launch(model, ahead).await?,
        };
        let Some(chunk) = chunk else {
            return self.eager_step(model).await;
        };
        self.replays.waiting = self.launch(model, ahead).await?;
        let rows = self.finished.len();
        let history = chunk.history.finish().await.map_err(failed)?;
        let history = history.try_into_vec::<i32>().map_err(failed)?;
        let token = |row, step| history[row * (2 + HISTORY) + 2 + step % HISTORY];
        self.replays.ready.extend(
            chunk
                .steps
                .map(|step| (0..rows).map(|row| token(row, step)).collect()),
        );
        let tokens = self.replays.ready.pop_front();
        tokens.ok_or_else(|| Error::device("a chunk of steps is empty"))
    }

    /// A step that the host launches, and waits for.
    async fn eager_step(&mut self, model: &Model) -> Result<Vec<i32>> {
        self.replays.recording = None;
        self.take_step(model)?;
        self.replays.launched += 1;
        let newest = self.state.newest().into_data_async().await;
        newest.map_err(failed)?.try_into_vec().map_err(failed)
    }

    fn take_step(&mut self, model: &Model) -> Result<()> {
        let (logits, _) = self.state.read(model, Record::default(), &[])?;
        let Choice::Device { sampling, rules } = &mut self.choice else {
            return Err(choice_of_host());
        };
        let logits = rules.apply(self.replays.launched, logits, || self.state.history());
        self.state.choose(logits, sampling.as_ref());
        Ok(())
    }

    /// Queue steps; `None` where the next one has to be the host's.
    async fn launch(&mut self, model: &Model, ahead: usize) -> Result<Option<Chunk>> {
        let Choice::Device { rules, .. } = &self.choice else {
            return Err(choice_of_host());
        };
        let without_end = rules.keep_from_ending(self.replays.launched);
        let same = rules.alike(self.replays.launched);
        if self.replays.lent.take() || self.replays.without_end != without_end {
            self.replays.recording = None;
        }
        let left = self.options.max_new_tokens - self.replays.launched;
        // The first step after a prompt may read several tokens, and more room in the cache is another buffer.
        let room = self.state.cache_mut().room();
        let spare = self.state.spare() / 2;
        let fits = left.min(same).min(room).min(spare);
        let steady = self.replays.can_record && self.replays.launched > 0 && self.state.is_steady();
        if !steady || fits.min(ahead) == 0 {
            return Ok(None);
        }
        let first = self.replays.launched;
        if self.replays.recording.is_none() {
            let busy = self.replays.waiting.is_some() || !self.replays.ready.is_empty();
            if busy || fits < WORTH_RECORDING.min(spare + 1) || left < WORTH_RECORDING {
                return Ok(None);
            }
            self.record(model)?;
            self.replays.without_end = without_end;
            self.replays.launched += 1;
        } else {
            let count = fits.min(ahead).min(MAX_AHEAD);
            for _ in 0..count {
                self.replay()?;
            }
            self.state.cache_mut().replayed(count);
            self.replays.launched += count;
            self.replays.any = true;
        }
        Ok(Some(Chunk {
            steps: first..self.replays.launched,
            history: Started::new(self.state.history().into_data_async()).await,
        }))
    }

    /// Take a step, and record the one after it.
    fn record(&mut self, model: &Model) -> Result<()> {
        let (recording, steps) =
            ops::record(model.device(), || self.take_step(model)).map_err(Error::device)?;
        steps.into_iter().collect::<Result<()>>()?;
        self.state.cache_mut().recorded();
        self.replays.recording = Some(recording);
        Ok(())
    }

    fn replay(&self) -> Result<()> {
        let recording = self.replays.recording.as_ref();
        recording.map_or(Ok(()), |recording| {
            recording.replay().map_err(Error::device)
        })
    }
}

fn choice_of_host() -> Error {
    Error::device("the choice is the host's")
}

fn failed(error: impl Debug) -> Error {
    Error::device(format!("{error:?}"))
}
