//! The recorded cases: see test/fixtures/logits/README.md.

use crate::logits::{LogitsContext, LogitsOptions};
use serde::Deserialize;
use std::path::PathBuf;

pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../test/fixtures/logits")
}

#[derive(Clone, Deserialize)]
pub(crate) struct Context {
    pub vocab: usize,
    pub batch: usize,
    pub rows_per_input: usize,
    pub prompt_length: usize,
    pub prompt_padding: Option<Vec<usize>>,
    pub max_length: usize,
    pub eos_token_ids: Vec<i32>,
    pub do_sample: bool,
    pub num_beams: usize,
    pub encoder_ids: Option<Vec<Vec<i32>>>,
}

impl From<Context> for LogitsContext {
    fn from(context: Context) -> Self {
        let Context {
            vocab,
            batch,
            rows_per_input,
            prompt_length,
            prompt_padding,
            ..
        } = context;
        let Context {
            max_length,
            eos_token_ids,
            do_sample,
            num_beams,
            encoder_ids,
            ..
        } = context;
        Self {
            vocab,
            batch,
            rows_per_input,
            prompt_length,
            prompt_padding,
            max_length,
            eos_token_ids,
            do_sample,
            num_beams,
            encoder_ids,
        }
    }
}

/// Options as they were given to transformers.
pub(crate) fn options(json: &serde_json::Value) -> LogitsOptions {
    LogitsOptions::from_json(&json.to_string()).unwrap_or_else(|error| panic!("{json}: {error}"))
}

/// A context that most cases can begin with: one row, no end token.
pub(crate) fn context(vocab: usize) -> LogitsContext {
    LogitsContext {
        vocab,
        batch: 1,
        rows_per_input: 1,
        prompt_length: 1,
        prompt_padding: None,
        max_length: 20,
        eos_token_ids: Vec::new(),
        do_sample: false,
        num_beams: 1,
        encoder_ids: None,
    }
}
