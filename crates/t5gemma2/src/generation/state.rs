//! The decoder's side of a generation: its cache and the tokens it reads next.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use std::rc::Rc;
use t5gemma2_ops::{self as ops, Ends, Progress, Sampling};

use super::options::{GenerateOptions, Prompt};
use super::past::Past;
use crate::cache::Cache;
use crate::decoder::repeat_rows;
use crate::encoder::EncoderOutput;
use crate::error::{Error, Result};
use crate::inputs::{check_mask, positions};
use crate::model::Model;
use crate::recording::{Record, Recorded};

/// Steps whose tokens are kept on the device.
pub(super) const HISTORY: usize = 64;

pub(super) struct DecoderState {
    encoded: Rc<EncoderOutput>,
    cache: Cache,
    /// What is read next, on the device: the prompt at first, then the newest token of each row; all of them where nothing is
    /// kept. [rows, length]
    tokens: Tensor<2, Int>,
    /// Of `tokens`: [rows, length].
    positions: Tensor<2, Int>,
    /// As [`Progress`] has it, of steps whose choice was the device's.
    history: Tensor<2, Int>,
    /// What ends rows, where the device chooses.
    ends: Option<Ends>,
    /// In the place of tensors that are written to, and so must have no other handle.
    nothing: Tensor<2, Int>,
    /// Over the prompt and what followed, a row each; `None` where nothing is masked.
    mask: Option<Vec<Vec<i32>>>,
    recompute: bool,
}

impl DecoderState {
    /// Every row of the prompt and of the encoder's output as often as the options say, next to each other.
    pub fn new(
        model: &Model,
        encoded: Rc<EncoderOutput>,
        prompt: &Prompt,
        options: &GenerateOptions,
        spare: usize,
    ) -> Result<Self> {
        let (device, length) = (model.device(), prompt.length);
        let (batch, repeat) = (encoded.batch, options.rows_per_input());
        let rows = batch * repeat;
        let repeated = |values: &[i32]| -> Vec<i32> {
            values
                .chunks(length)
                .flat_map(|row| row.repeat(repeat))
                .collect()
        };
        let given = options.decoder_position_ids.clone();
        let positions = positions("decoderPositionIds", given, batch, length, 0, device)?;
        let tokens = TensorData::new(repeated(&prompt.ids), [rows, length]);
        Ok(Self {
            cache: Cache::with_spare(&model.config().decoder, rows, spare, device),
            tokens: Tensor::from_data(tokens, device),
            positions: repeat_rows(positions, repeat),
            ends: options.ends().map(|(tokens, filling)| Ends {
                tokens: Tensor::from_data(TensorData::new(tokens.to_vec(), [tokens.len()]), device),
                filling,
            }),
            nothing: Tensor::zeros([1, 1], (device, DType::I32)),
            history: Tensor::zeros([rows, 2 + HISTORY], (device, DType::I32)),
            mask: prompt
                .mask
                .as_ref()
                .map(|mask| repeated(mask).chunks(length).map(<[i32]>::to_vec).collect()),
            encoded,
            recompute: options.recompute,
        })
    }

    /// Go on from a cache. Without positions of the caller's the prompt's are counted on from what is before it.
    pub fn resume(&mut self, cache: Cache, past: Past, positions_given: bool) -> Result<()> {
        let ([rows, length], seen) = (self.tokens.dims(), cache.seen());
        let in_prompt = past == Past::InPrompt;
        let reason = if self.recompute {
            "have no use with useCache: false".to_owned()
        } else if cache.batch() != rows {
            format!("hold {} rows for {rows} to decode", cache.batch())
        } else if in_prompt && seen >= length {
            format!("hold {seen} tokens: decoderInputIds must have them and at least one more")
        } else {
            match past {
                Past::InPrompt => {
                    self.tokens = self.tokens.clone().slice([0..rows, seen..length]);
                    self.positions = self.positions.clone().slice([0..rows, seen..length]);
                }
                Past::BeforePrompt { mask } => {
                    self.put_before(mask, seen)?;
                    if !positions_given {
                        self.positions = self.positions.clone() + seen as i32;
                    }
                }
            }
            self.cache = cache;
            return Ok(());
        };
        Err(Error::input("pastKeyValues", reason))
    }

    /// The mask of `seen` earlier tokens, [batch, seen].
    fn put_before(&mut self, mask: Option<Vec<i32>>, seen: usize) -> Result<()> {
        let ([rows, length], batch) = (self.tokens.dims(), self.encoded.batch);
        let past = check_mask("decoderAttentionMask", mask, batch, seen)?;
        if past.is_none() && self.mask.is_none() {
            return Ok(());
        }
        let row_of = |row: usize| {
            let past = past.as_ref().map(|past| {
                let first = row / (rows / batch) * seen;
                past[first..first + seen].to_vec()
            });
            let own = self.mask.as_ref().map(|mask| mask[row].clone());
            let mut whole = past.unwrap_or_else(|| vec![1; seen]);
            whole.extend(own.unwrap_or_else(|| vec![1; length]));
            whole
        };
        self.mask = Some((0..rows).map(row_of).collect());
        Ok(())
    }

    /// What is kept; `None` where nothing is.
    pub fn cache(&self) -> Option<Cache> {
        (!self.recompute).then(|| self.cache.clone())
    }

    /// Read the tokens and guesses at what follows them, which only a single row may have: logits [rows, vocab] of the last token of
    /// each row, or [guesses + 1, vocab] of it and of each guess.
    ///
    /// From the second call on a call without guesses writes nothing to the device, unless a mask has to follow, and reads nothing
    /// from it.
    pub fn advance(
        &mut self,
        model: &Model,
        record: Record,
        guesses: &[i32],
    ) -> Result<(Tensor<2>, Recorded)> {
        let read = self.read(model, record, guesses)?;
        self.move_on();
        Ok(read)
    }

    fn move_on(&mut self) {
        let [rows, length] = self.positions.dims();
        let next = self.positions.clone().slice([0..rows, length - 1..length]) + 1;
        self.positions = match self.recompute {
            true => Tensor::cat(vec![self.positions.clone(), next], 1),
            false => next,
        };
    }

    /// The same without moving on to the next positions, as [`Self::choose`] does.
    pub fn read(
        &mut self,
        model: &Model,
        record: Record,
        guesses: &[i32],
    ) -> Result<(Tensor<2>, Recorded)> {
        self.add(guesses);
        let [rows, length] = self.tokens.dims();
        let wanted = guesses.len() + 1;
        let mask = self.mask.as_ref().map(|mask| mask.concat());
        self.mask.iter_mut().flatten().for_each(|row| row.push(1));
        if self.recompute {
            self.cache = Cache::new(&model.config().decoder, rows, model.device());
        }
        let (states, recorded) = model.states(
            self.tokens.clone().reshape([rows * length]),
            self.positions.clone(),
            &self.encoded,
            mask,
            &mut self.cache,
            record,
        )?;
        let hidden = states.dims()[1];
        let last = match length {
            1 => states,
            _ => states
                .reshape([rows, length, hidden])
                .slice([0..rows, length - wanted..length, 0..hidden])
                .reshape([rows * wanted, hidden]),
        };
        Ok((model.logits(last), recorded))
    }

    /// Let the device take the likeliest token of each row from logits [rows, vocab], or draw one, and read it next. Without a
    /// cache it only takes the likeliest.
    pub fn choose(&mut self, logits: Tensor<2>, sampling: Option<&Sampling>) {
        if self.recompute {
            self.move_on();
            return self.feed(ops::argmax(logits));
        }
        let [rows, length] = self.tokens.dims();
        let device = self.tokens.device();
        let nothing = self.nothing.clone();
        let take = |tensor: &mut Tensor<2, Int>| core::mem::replace(tensor, nothing.clone());
        let (mut tokens, mut positions) = (take(&mut self.tokens), take(&mut self.positions));
        let history = take(&mut self.history);
        if length > 1 {
            tokens = Tensor::zeros([rows, 1], (&device, DType::I32));
            positions = positions.slice([0..rows, length - 1..length]) + 0;
        }
        let Self {
            cache,
            tokens: newest,
            positions: next,
            history: kept,
            ends,
            ..
        } = self;
        cache.count_on(|total| {
            let progress = Progress {
                tokens,
                positions,
                total,
                history,
            };
            let progress = ops::choose(logits, progress, ends.as_ref(), sampling);
            (*newest, *next, *kept) = (progress.tokens, progress.positions, progress.history);
            progress.total
        });
    }

    /// [rows, 2 + HISTORY], as [`Progress`] has it.
    pub fn history(&self) -> Tensor<2, Int> {
        self.history.clone()
    }

    pub fn device(&self) -> Device {
        self.tokens.device()
    }

    /// The newest token of each row: [rows, 1].
    pub fn newest(&self) -> Tensor<2, Int> {
        let [rows, length] = self.tokens.dims();
        match length {
            1 => self.tokens.clone(),
            _ => self.tokens.clone().slice([0..rows, length - 1..length]),
        }
    }

    /// Where the decoder's past is.
    pub fn cache_mut(&mut self) -> &mut Cache {
        &mut self.cache
    }

    /// Whether a step reads one token a row, and nothing of the host.
    pub fn is_steady(&self) -> bool {
        !self.recompute && self.mask.is_none() && self.tokens.dims()[1] == 1
    }

    /// How many tokens a row may be read beyond those that are wanted, and taken back.
    pub fn spare(&self) -> usize {
        self.cache.spare()
    }

    /// Guesses, to be read with the tokens.
    fn add(&mut self, guesses: &[i32]) {
        if guesses.is_empty() {
            return;
        }
        let (device, count) = (self.tokens.device(), guesses.len());
        let ids = Tensor::from_data(TensorData::new(guesses.to_vec(), [1, count]), &device);
        let steps = Tensor::<1, Int>::arange(1..count as i64 + 1, &device).reshape([1, count]);
        let length = self.tokens.dims()[1];
        let last = self.positions.clone().slice([0..1, length - 1..length]);
        self.tokens = Tensor::cat(vec![self.tokens.clone(), ids], 1);
        self.positions = Tensor::cat(vec![self.positions.clone(), last + steps], 1);
        for row in self.mask.iter_mut().flatten() {
            row.resize(row.len() + count, 1);
        }
    }

    /// Forget the newest tokens that were read.
    pub fn take_back(&mut self, tokens: usize) -> Result<()> {
        if tokens > 0 {
            self.cache.take_back(tokens)?;
            self.positions = self.positions.clone() - tokens as i32;
            for row in self.mask.iter_mut().flatten() {
                row.truncate(row.len() - tokens);
            }
        }
        Ok(())
    }

    /// The tokens to read next, [rows], already on the device.
    pub fn feed(&mut self, tokens: Tensor<1, Int>) {
        let rows = tokens.dims()[0];
        let tokens = tokens.reshape([rows, 1]);
        self.tokens = match self.recompute {
            true => Tensor::cat(vec![self.tokens.clone(), tokens], 1),
            false => tokens,
        };
    }

    /// Other tokens in place of those that were fed last.
    pub fn feed_again(&mut self, tokens: Vec<i32>) {
        let [rows, length] = self.tokens.dims();
        let tokens = TensorData::new(tokens, [rows, 1]);
        let tokens = Tensor::from_data(tokens, &self.tokens.device());
        self.tokens = match length - 1 {
            0 => tokens,
            kept => {
                let before = self.tokens.clone().slice([0..rows, 0..kept]);
                Tensor::cat(vec![before, tokens], 1)
            }
        };
    }

    /// The tokens to read next, and the row whose past each row goes on from.
    pub fn feed_from_host(&mut self, tokens: Vec<i32>, sources: Option<&[usize]>) {
        let (rows, device) = (tokens.len(), self.tokens.device());
        if let Some(sources) = sources {
            self.follow(sources);
        }
        self.feed(Tensor::from_data(TensorData::new(tokens, [rows]), &device));
    }

    /// Let each row go on from another one's past: row `i` from that of `sources[i]`.
    pub fn follow(&mut self, sources: &[usize]) {
        if sources
            .iter()
            .enumerate()
            .all(|(row, &source)| row == source)
        {
            return;
        }
        if self.recompute {
            let rows: Vec<i32> = sources.iter().map(|&source| source as i32).collect();
            let rows = TensorData::new(rows, [sources.len()]);
            let rows = Tensor::<1, Int>::from_data(rows, &self.tokens.device());
            self.tokens = self.tokens.clone().select(0, rows.clone());
            self.positions = self.positions.clone().select(0, rows);
        } else {
            self.cache.reorder(sources);
        }
        self.mask = self
            .mask
            .take()
            .map(|mask| sources.iter().map(|&source| mask[source].clone()).collect());
    }
}
