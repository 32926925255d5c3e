//! The processors of a generation, and their application to a step.

use super::options::LogitsOptions;
use super::selection::{forcing_processors, processors, warpers};
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
