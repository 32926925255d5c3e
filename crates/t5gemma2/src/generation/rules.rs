//! What changes logits where the device chooses: the host's processors as additions, and what looks back at the sequence.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use t5gemma2_ops::{self as ops, LookBack};

use super::options::{GenerateOptions, Prompt};
use crate::logits::fill;

/// The rules of one generation.
pub(super) struct Rules {
    /// Added in every step: [1, vocab].
    always: Option<Tensor<2>>,
    /// The same while no row may end.
    without_end: Option<Tensor<2>>,
    /// In the steps before this one no row may end.
    least: usize,
    /// Added in one step.
    once: Option<(usize, Tensor<2>)>,
    /// In place of the logits of a step: [1, vocab].
    forced: Vec<(usize, Tensor<2>)>,
    sequences: Option<Sequences>,
}

/// What looks back.
struct Sequences {
    rules: LookBack,
    /// [rows, room]
    sequence: Tensor<2, Int>,
    words: Option<Tensor<2, Int>>,
    /// In the place of the sequence, which is written to and so must have no other handle.
    nothing: Tensor<2, Int>,
}

impl Rules {
    /// Those that the options ask for, which [fit](crate::logits::LogitsOptions::fit_device) a device.
    pub fn new(options: &GenerateOptions, prompt: &Prompt, vocab: usize, device: &Device) -> Self {
        let logits = &options.logits;
        // `start` everywhere but at tokens, of which a later value counts.
        let row = |start: f32, fills: &[(&[i32], f32)]| {
            if fills.iter().all(|(tokens, _)| tokens.is_empty()) {
                return None;
            }
            let mut values = vec![start; vocab];
            for (tokens, value) in fills {
                fill(&mut values, tokens, *value);
            }
            Some(Tensor::from_data(
                TensorData::new(values, [1, vocab]),
                device,
            ))
        };
        let never = |tokens| (tokens, f32::NEG_INFINITY);
        let suppressed = never(logits.suppress_tokens.as_deref().unwrap_or_default());
        let biases = logits.sequence_bias.iter().flatten();
        let biases = biases.map(|(tokens, bias)| (tokens.as_slice(), *bias as f32));
        let mut fills: Vec<(&[i32], f32)> = biases.chain([suppressed]).collect();
        let always = row(0.0, &fills);
        let ends = options.eos_token_ids.as_slice();
        let least = logits.least_new(prompt.length).filter(|_| !ends.is_empty());
        let least = least.unwrap_or(0);
        fills.push(never(ends));
        let force = |tokens| row(f32::NEG_INFINITY, &[(tokens, 0.0), suppressed]);
        let first = logits.forced_bos_token_id.as_ref();
        let first = first.filter(|_| prompt.length == 1);
        let first = first.map(std::slice::from_ref).and_then(force);
        let first = first.map(|row| (0, row));
        let last = logits.forced_eos_token_id.as_deref().and_then(force);
        let last = last.map(|row| (options.max_new_tokens - 1, row));
        let begin = logits.begin_suppress_tokens.as_deref().unwrap_or_default();
        let begin = row(0.0, &[never(begin)]);
        Self {
            always,
            without_end: (least > 0).then(|| row(0.0, &fills)).flatten(),
            least,
            once: begin.map(|row| (logits.beginning(prompt.length), row)),
            // Where both fall into one step the last wins, as with the host.
            forced: first.into_iter().chain(last).collect(),
            sequences: Sequences::new(options, prompt, device),
        }
    }

    /// Whether the step keeps rows from ending.
    pub fn keep_from_ending(&self, step: usize) -> bool {
        step < self.least
    }

    /// In how many steps from this one on the same is done, which then may be recorded.
    pub fn alike(&self, step: usize) -> usize {
        let once = self.once.iter().chain(&self.forced).map(|(step, _)| *step);
        let mut own: Vec<usize> = once.collect();
        if own.contains(&step) {
            return 0;
        }
        own.push(self.least);
        let next = own.into_iter().filter(|&other| other > step).min();
        next.map_or(usize::MAX, |next| next - step)
    }

    /// What is added to the logits in a step: [1, vocab].
    pub fn added(&self, step: usize) -> Option<Tensor<2>> {
        match self.keep_from_ending(step) {
            true => self.without_end.clone(),
            false => self.always.clone(),
        }
    }

    /// Change the logits [rows, vocab] of a step; `history` as [`ops::Progress`] has it.
    pub fn apply(
        &mut self,
        step: usize,
        mut logits: Tensor<2>,
        history: impl FnOnce() -> Tensor<2, Int>,
    ) -> Tensor<2> {
        if let Some(added) = self.added(step) {
            logits = logits + added;
        }
        if let Some(sequences) = &mut self.sequences {
            logits = sequences.look_back(logits, history());
        }
        if let Some((_, forced)) = self.forced.iter().rev().find(|(at, _)| *at == step) {
            logits = forced.clone().expand(logits.dims());
        }
        match self.once.as_ref().filter(|(at, _)| *at == step) {
            Some((_, added)) => logits + added.clone(),
            None => logits,
        }
    }
}

impl Sequences {
    fn new(options: &GenerateOptions, prompt: &Prompt, device: &Device) -> Option<Self> {
        let logits = &options.logits;
        let rules = LookBack {
            prompt: prompt.length,
            penalty: logits.repetition_penalty.unwrap_or(1.0) as f32,
            ngram: logits.no_repeat_ngram_size.unwrap_or(0),
        };
        let words = words(logits.bad_words(&options.eos_token_ids).collect(), device);
        if rules.penalty == 1.0 && rules.ngram == 0 && words.is_none() {
            return None;
        }
        let room = prompt.length + options.max_new_tokens;
        let copies = options.rows_per_input();
        let row = |ids: &[i32]| {
            let mut row = ids.to_vec();
            row.resize(room, 0);
            row.repeat(copies)
        };
        let places: Vec<i32> = prompt.ids.chunks(prompt.length).flat_map(row).collect();
        let rows = places.len() / room;
        Some(Self {
            rules,
            sequence: ints(places, [rows, room], device),
            words,
            nothing: ints(vec![0], [1, 1], device),
        })
    }

    fn look_back(&mut self, logits: Tensor<2>, history: Tensor<2, Int>) -> Tensor<2> {
        let sequence = core::mem::replace(&mut self.sequence, self.nothing.clone());
        let words = self.words.as_ref();
        let (logits, sequence) = ops::look_back(logits, sequence, &history, words, self.rules);
        self.sequence = sequence;
        logits
    }
}

/// A row each, with its length before it.
fn words(words: Vec<&[i32]>, device: &Device) -> Option<Tensor<2, Int>> {
    let longest = words.iter().map(|word| word.len()).max()?;
    let rows = words.iter().flat_map(|word| {
        let mut row = vec![word.len() as i32];
        row.extend_from_slice(word);
        row.resize(1 + longest, 0);
        row
    });
    Some(ints(rows.collect(), [words.len(), 1 + longest], device))
}

fn ints<const D: usize>(values: Vec<i32>, shape: [usize; D], device: &Device) -> Tensor<D, Int> {
    Tensor::from_data(TensorData::new(values, shape), (device, DType::I32))
}
