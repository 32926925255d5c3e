//! Which processors a generation needs, in transformers' order.

use super::Processor;
use super::bias::SequenceBias;
use super::entropy::{Epsilon, Eta, TopH, Typical};
use super::invalid::{RemoveInvalid, Renormalise};
use super::length::{ExponentialDecay, Forced, MinLength};
use super::ngrams::{EncoderNoRepeatNgram, NoRepeatNgram};
use super::options::{DEFAULT_TOP_K, LogitsOptions};
use super::pipeline::LogitsContext;
use super::repetition::{EncoderRepetitionPenalty, RepetitionPenalty};
use super::suppress::Suppress;
use super::truncation::{MinP, Temperature, TopK, TopP};
use super::watermark::Watermark;
use crate::error::{Error, Result};

/// The options other than 1 are on.
fn factor(option: Option<f64>) -> Option<f64> {
    option.filter(|&factor| factor != 1.0)
}

/// The options other than 0 are on.
fn size(option: Option<usize>) -> Option<usize> {
    option.filter(|&size| size > 0)
}

pub(super) fn processors(
    options: &LogitsOptions,
    context: &LogitsContext,
) -> Result<Vec<Box<dyn Processor>>> {
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
    if options.bad_words_ids.is_some() {
        let biases = options.bad_words(eos_token_ids);
        let biases: Vec<_> = biases
            .map(|word| (word.to_vec(), f64::NEG_INFINITY))
            .collect();
        list.push(Box::new(SequenceBias::new("badWordsIds", &biases, vocab)?));
    }
    let least = size(options.least_new(prompt_length));
    if let Some(least) = least.filter(|_| !eos_token_ids.is_empty()) {
        list.push(Box::new(MinLength {
            length: prompt_length.saturating_add(least),
            eos: eos_token_ids.clone(),
        }));
    }
    Ok(list)
}

/// Those after [`processors`].
pub(super) fn forcing_processors(
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
        list.push(Box::new(Suppress {
            tokens,
            only_at: Some(prompt_length + options.beginning(prompt_length)),
        }));
    }
    Ok(list)
}

pub(super) fn warpers(options: &LogitsOptions, context: &LogitsContext) -> Vec<Box<dyn Processor>> {
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
