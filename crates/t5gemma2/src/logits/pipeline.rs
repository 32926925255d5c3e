//! Which processors a generation needs, in transformers' order.

use super::bias::SequenceBias;
use super::entropy::{Epsilon, Eta, TopH, Typical};
use super::invalid::{RemoveInvalid, Renormalise};
use super::length::{ExponentialDecay, Forced, MinLength};
use super::ngrams::{EncoderNoRepeatNgram, NoRepeatNgram};
use super::options::{DEFAULT_TOP_K, LogitsOptions};
use super::repetition::{EncoderRepetitionPenalty, RepetitionPenalty};
use super::suppress::Suppress;
use super::truncation::{MinP, Temperature, TopK, TopP};
use super::watermark::Watermark;
use super::{Processor, Row};
use crate::error::{Error, Result};

/// What the processors must know of a generation.
#[derive(Debug, Clone)]
pub struct LogitsContext {
    /// Logits a row.
    pub vocab: usize,
    /// Inputs: rows of the encoder's batch.
    pub batch: usize,
    /// Rows of logits that each input has, next to each other: `num_beams` or `num_return_sequences`.
    pub rows_per_input: usize,
    /// Tokens that every row's sequence begins with.
    pub prompt_length: usize,
    /// Leading tokens of each input's prompt that are padding, where the prompt has a mask: [batch].
    pub prompt_padding: Option<Vec<usize>>,
    /// Tokens at the most, prompt included.
    pub max_length: usize,
    /// Tokens that end a row.
    pub eos_token_ids: Vec<i32>,
    /// Whether tokens are drawn, which the sampling filters are for.
    pub do_sample: bool,
    /// 1 without beam search.
    pub num_beams: usize,
    /// Token ids of the encoder's input, a row an input, padding included; none where it had embeddings.
    pub encoder_ids: Option<Vec<Vec<i32>>>,
}

/// The processors of one generation.
#[derive(Debug)]
pub struct LogitsPipeline {
    context: LogitsContext,
    processors: Vec<Box<dyn Processor>>,
    /// How many of the processors go before a caller's allowed tokens.
    before_allowed: usize,
    warpers: Vec<Box<dyn Processor>>,
}

impl LogitsPipeline {
    /// Choose the processors for these options.
    ///
    /// # Errors
    /// [`Error::Input`] that names the option at fault.
    pub fn new(options: &LogitsOptions, context: LogitsContext) -> Result<Self> {
        options.validate(context.do_sample)?;
        let in_vocabulary = |id: &i32| usize::try_from(*id).is_ok_and(|id| id < context.vocab);
        let bos = options.forced_bos_token_id.as_slice();
        let eos = options.forced_eos_token_id.as_deref().unwrap_or_default();
        let named = [
            ("eosTokenId", &context.eos_token_ids[..]),
            ("forcedBosTokenId", bos),
            ("forcedEosTokenId", eos),
        ];
        for (name, ids) in named {
            if let Some(id) = ids.iter().find(|id| !in_vocabulary(id)) {
                return Err(Error::input(
                    name,
                    format!("is {id}, outside of the vocabulary of {}", context.vocab),
                ));
            }
        }
        for (name, rows) in [
            ("encoderOutputs", context.encoder_ids.as_ref().map(Vec::len)),
            (
                "decoderAttentionMask",
                context.prompt_padding.as_ref().map(Vec::len),
            ),
        ] {
            if let Some(rows) = rows.filter(|&rows| rows != context.batch) {
                return Err(Error::input(
                    name,
                    format!("has {rows} rows for a batch of {}", context.batch),
                ));
            }
        }
        let mut processors = processors(options, &context)?;
        let before_allowed = processors.len();
        processors.extend(forcing_processors(options, &context)?);
        let warpers = warpers(options, &context);
        Ok(Self {
            context,
            processors,
            before_allowed,
            warpers,
        })
    }

    /// Whether logits stay as they are, so that they need not leave the device.
    pub fn is_empty(&self) -> bool {
        self.processors.is_empty() && self.warpers.is_empty()
    }

    /// Process the logits of a step in place: [rows, vocab]. `sequences` are the rows so far, prompt included.
    /// For beam search give log-probabilities.
    ///
    /// # Errors
    /// [`Error::Input`] for another number of rows or logits.
    pub fn apply(&self, sequences: &[impl AsRef<[i32]>], logits: &mut [f32]) -> Result<()> {
        self.apply_processors(sequences, logits)?;
        self.apply_warpers(sequences, logits)
    }

    /// The first half of [`Self::apply`]; a caller's own processors come between the halves.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub fn apply_processors(
        &self,
        sequences: &[impl AsRef<[i32]>],
        logits: &mut [f32],
    ) -> Result<()> {
        self.run(&self.processors, sequences, logits)
    }

    /// As [`Self::apply_processors`], with the tokens that each row may go on with: transformers' `prefix_allowed_tokens_fn`,
    /// which goes after most processors, and before those that force tokens.
    ///
    /// # Errors
    /// As [`Self::apply`], for another number of rows, and for a row without an allowed token.
    pub fn apply_processors_within(
        &self,
        allowed: &[Vec<i32>],
        sequences: &[impl AsRef<[i32]>],
        logits: &mut [f32],
    ) -> Result<()> {
        if allowed.len() != sequences.len() {
            let reason = format!("have {} rows, not {}", allowed.len(), sequences.len());
            return Err(Error::input("prefixAllowedTokensFn", reason));
        }
        let (before, after) = self.processors.split_at(self.before_allowed);
        self.run(before, sequences, logits)?;
        for (index, (scores, allowed)) in logits
            .chunks_exact_mut(self.context.vocab)
            .zip(allowed)
            .enumerate()
        {
            let mut mask = vec![f32::NEG_INFINITY; scores.len()];
            super::fill(&mut mask, allowed, 0.0);
            if mask.iter().all(|&value| value != 0.0) {
                let reason = format!("allows row {index} no token of the vocabulary");
                return Err(Error::input("prefixAllowedTokensFn", reason));
            }
            let scores = scores.iter_mut().zip(mask);
            scores.for_each(|(score, mask)| *score += mask);
        }
        self.run(after, sequences, logits)
    }

    /// The second half of [`Self::apply`]: sampling filters, watermark and the log-softmax at the end.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub fn apply_warpers(&self, sequences: &[impl AsRef<[i32]>], logits: &mut [f32]) -> Result<()> {
        self.run(&self.warpers, sequences, logits)
    }

    fn run(
        &self,
        list: &[Box<dyn Processor>],
        sequences: &[impl AsRef<[i32]>],
        logits: &mut [f32],
    ) -> Result<()> {
        let (rows, vocab) = (
            self.context.batch * self.context.rows_per_input,
            self.context.vocab,
        );
        if sequences.len() != rows || logits.len() != rows * vocab {
            let got = format!("{} sequences and {} scores", sequences.len(), logits.len());
            return Err(Error::input(
                "logits",
                format!("{got}, where {rows} rows of {vocab} were expected"),
            ));
        }
        for (index, (scores, sequence)) in logits.chunks_exact_mut(vocab).zip(sequences).enumerate()
        {
            let row = Row {
                index,
                sequence: sequence.as_ref(),
            };
            list.iter()
                .for_each(|processor| processor.process(&row, scores));
        }
        Ok(())
    }
}

/// The options other than 1 are on.
fn factor(option: Option<f64>) -> Option<f64> {
    option.filter(|&factor| factor != 1.0)
}

/// The options other than 0 are on.
fn size(option: Option<usize>) -> Option<usize> {
    option.filter(|&size| size > 0)
}

fn processors(options: &LogitsOptions, context: &LogitsContext) -> Result<Vec<Box<dyn Processor>>> {
    let LogitsContext {
        vocab,
        rows_per_input,
        prompt_length,
        ref eos_token_ids,
        ..
    } = *context;
    let encoder_ids = |option: &str| {
        let missing = || {
            Error::input(
                option,
                "needs the token ids of the encoder's input, which had embeddings instead",
            )
        };
        context.encoder_ids.clone().ok_or_else(missing)
    };
    let mut list: Vec<Box<dyn Processor>> = Vec::new();
    if let Some(biases) = &options.sequence_bias {
        list.push(Box::new(SequenceBias::new("sequenceBias", biases, vocab)?));
    }
    if let Some(penalty) = factor(options.encoder_repetition_penalty) {
        let encoder_ids = encoder_ids("encoderRepetitionPenalty")?;
        list.push(Box::new(EncoderRepetitionPenalty {
            penalty,
            encoder_ids,
            rows_per_input,
        }));
    }
    if let Some(penalty) = factor(options.repetition_penalty) {
        list.push(Box::new(RepetitionPenalty {
            penalty,
            padding: context.prompt_padding.clone(),
            rows_per_input,
        }));
    }
    if let Some(size) = size(options.no_repeat_ngram_size) {
        list.push(Box::new(NoRepeatNgram { size }));
    }
    if let Some(size) = size(options.encoder_no_repeat_ngram_size) {
        let encoder_ids = encoder_ids("encoderNoRepeatNgramSize")?;
        list.push(Box::new(EncoderNoRepeatNgram::new(
            size,
            &encoder_ids,
            rows_per_input,
        )));
    }
    if let Some(words) = &options.bad_words_ids {
        let is_end = |word: &[i32]| matches!(word, [id] if eos_token_ids.contains(id));
        let words: Vec<_> = words
            .iter()
            .filter(|word| !is_end(word))
            .map(|word| (word.clone(), f64::NEG_INFINITY))
            .collect();
        list.push(Box::new(SequenceBias::new("badWordsIds", &words, vocab)?));
    }
    let least = options
        .min_new_tokens
        .map(|tokens| tokens.saturating_add(prompt_length))
        .or(options.min_length);
    if let Some(length) = size(least).filter(|_| !eos_token_ids.is_empty()) {
        list.push(Box::new(MinLength {
            length,
            eos: eos_token_ids.clone(),
        }));
    }
    Ok(list)
}

/// Those after [`processors`].
fn forcing_processors(
    options: &LogitsOptions,
    context: &LogitsContext,
) -> Result<Vec<Box<dyn Processor>>> {
    let LogitsContext {
        prompt_length,
        ref eos_token_ids,
        ..
    } = *context;
    let mut list: Vec<Box<dyn Processor>> = Vec::new();
    if let Some(bos) = options.forced_bos_token_id {
        list.push(Box::new(Forced {
            length: 1,
            tokens: vec![bos],
        }));
    }
    if let (Some(tokens), Some(length)) = (
        options.forced_eos_token_id.clone(),
        context.max_length.checked_sub(1),
    ) {
        list.push(Box::new(Forced { length, tokens }));
    }
    if options.remove_invalid_values == Some(true) {
        list.push(Box::new(RemoveInvalid));
    }
    if let Some((start, factor)) = options.exponential_decay_length_penalty {
        if eos_token_ids.is_empty() {
            return Err(Error::input(
                "exponentialDecayLengthPenalty",
                "needs an end token: set eosTokenId",
            ));
        }
        let mut eos: Vec<usize> = eos_token_ids.iter().map(|&id| id as usize).collect();
        eos.sort_unstable();
        eos.dedup();
        list.push(Box::new(ExponentialDecay {
            start: start.saturating_add(prompt_length as i64),
            factor,
            eos,
        }));
    }
    if let Some(tokens) = options.suppress_tokens.clone() {
        list.push(Box::new(Suppress {
            tokens,
            only_at: None,
        }));
    }
    if let Some(tokens) = options.begin_suppress_tokens.clone() {
        // A forced first token pushes the beginning back by one.
        let pushed = usize::from(prompt_length <= 1 && options.forced_bos_token_id.is_some());
        list.push(Box::new(Suppress {
            tokens,
            only_at: Some(prompt_length + pushed),
        }));
    }
    Ok(list)
}

fn warpers(options: &LogitsOptions, context: &LogitsContext) -> Vec<Box<dyn Processor>> {
    let mut list: Vec<Box<dyn Processor>> = Vec::new();
    if context.do_sample {
        sampling_filters(options, context, &mut list);
    }
    if let Some(watermarking) = &options.watermarking_config {
        list.push(Box::new(Watermark::new(
            watermarking.clone(),
            context.vocab,
        )));
    }
    if options.renormalize_logits == Some(true) {
        list.push(Box::new(Renormalise));
    }
    list
}

fn sampling_filters(
    options: &LogitsOptions,
    context: &LogitsContext,
    list: &mut Vec<Box<dyn Processor>>,
) {
    // Beams need a token that goes on beside every one that ends.
    let least = if context.num_beams > 1 {
        context.eos_token_ids.len().max(1) + 1
    } else {
        1
    };
    let fraction = |option: Option<f64>| option.filter(|&mass| mass < 1.0);
    let cutoff = |option: Option<f64>| option.filter(|&epsilon| epsilon > 0.0);
    if let Some(temperature) = factor(options.temperature) {
        list.push(Box::new(Temperature { temperature }));
    }
    if let Some(fraction) = options.top_h {
        list.push(Box::new(TopH { fraction }));
    }
    if let Some(count) = size(Some(options.top_k.unwrap_or(DEFAULT_TOP_K))) {
        list.push(Box::new(TopK {
            count: count.max(least),
        }));
    }
    if let Some(mass) = fraction(options.top_p) {
        list.push(Box::new(TopP { mass, least }));
    }
    if let Some(ratio) = options.min_p {
        list.push(Box::new(MinP { ratio, least }));
    }
    if let Some(mass) = fraction(options.typical_p) {
        list.push(Box::new(Typical { mass, least }));
    }
    if let Some(epsilon) = cutoff(options.epsilon_cutoff) {
        list.push(Box::new(Epsilon { epsilon, least }));
    }
    if let Some(epsilon) = cutoff(options.eta_cutoff) {
        list.push(Box::new(Eta { epsilon, least }));
    }
}
