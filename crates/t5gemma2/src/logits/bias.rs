//! A bias for a token that would complete a sequence; -inf forbids it.

use super::{Processor, Row};
use crate::error::{Error, Result};
use std::collections::HashMap;

/// Sequences of tokens, each with what is added to the score of a token that would complete it.
pub type SequenceBiases = Vec<(Vec<i32>, f64)>;

/// `sequence_bias`, and `bad_words_ids` as a bias of -inf.
#[derive(Debug)]
pub(super) struct SequenceBias {
    /// In the order in which the reference adds them: single tokens, then longer sequences by when their length first came.
    biases: Vec<(Vec<i32>, f32)>,
}

impl SequenceBias {
    /// Check the sequences. A sequence given twice has its later bias.
    ///
    /// # Errors
    /// [`Error::Input`] for the option, where there is no sequence, an empty one, or a token outside of the vocabulary.
    pub fn new(option: &str, sequences: &SequenceBiases, vocab: usize) -> Result<Self> {
        if sequences.is_empty() {
            return Err(Error::input(option, "has no sequence of tokens to act on"));
        }
        let mut places: HashMap<&[i32], usize> = HashMap::new();
        let mut lengths: HashMap<usize, usize> = HashMap::from([(1, 0)]);
        let mut biases: Vec<(Vec<i32>, f32)> = Vec::new();
        for (index, (tokens, bias)) in sequences.iter().enumerate() {
            let wrong = |reason: String| Err(Error::input(format!("{option}[{index}]"), reason));
            if tokens.is_empty() {
                return wrong("is an empty sequence".to_owned());
            }
            if tokens
                .iter()
                .any(|&token| token < 0 || token as usize >= vocab)
            {
                return wrong(format!(
                    "is {tokens:?}, which has tokens outside of the vocabulary of {vocab}"
                ));
            }
            if bias.is_nan() {
                return wrong("has a bias that is not a number".to_owned());
            }
            let order = lengths.len();
            lengths.entry(tokens.len()).or_insert(order);
            let place = *places.entry(tokens).or_insert(biases.len());
            match biases.get_mut(place) {
                Some((_, earlier)) => *earlier = *bias as f32,
                None => biases.push((tokens.clone(), *bias as f32)),
            }
        }
        biases.sort_by_key(|(tokens, _)| lengths[&tokens.len()]);
        Ok(Self { biases })
    }
}

impl Processor for SequenceBias {
    fn process(&self, row: &Row<'_>, scores: &mut [f32]) {
        // Biases of one token are summed before they are added to its score, as the reference rounds.
        let mut sums: HashMap<i32, f32> = HashMap::new();
        for (tokens, bias) in &self.biases {
            if let Some((last, prefix)) = tokens.split_last()
                && row.sequence.ends_with(prefix)
            {
                *sums.entry(*last).or_default() += bias;
            }
        }
        for (token, sum) in sums {
            scores[token as usize] += sum;
        }
    }
}
