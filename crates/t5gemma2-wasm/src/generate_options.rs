//! The options of a generation, as JSON with transformers' names.

use serde::Deserialize;
use t5gemma2::beams::EarlyStopping;
use t5gemma2::logits::LogitsOptions;
use t5gemma2::{Assistance, GenerateOptions, PromptLookup, Record, Report};
use wasm_bindgen::prelude::*;

use crate::error::{coded, to_js};

/// See [`GenerateOptions`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    decoder_input_ids: Vec<i32>,
    prompt_length: usize,
    decoder_attention_mask: Option<Vec<i32>>,
    decoder_position_ids: Option<Vec<i32>>,
    max_new_tokens: usize,
    eos_token_ids: Vec<i32>,
    pad_token_id: Option<i32>,
    /// See [`LogitsOptions::from_json`].
    logits: serde_json::Value,
    do_sample: bool,
    seed: u64,
    num_beams: usize,
    num_return_sequences: usize,
    length_penalty: f64,
    early_stopping: EarlyStopping,
    use_cache: bool,
    /// 0 guesses none.
    prompt_lookup_num_tokens: usize,
    max_matching_ngram_size: usize,
    assistance: Option<AssistanceOptions>,
    /// Whether the halves of a step will be called.
    on_host: bool,
    output_logits: bool,
    output_scores: bool,
    output_hidden_states: bool,
    output_attentions: bool,
    logprobs: Option<usize>,
}

/// See [`Assistance`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AssistanceOptions {
    num_assistant_tokens: usize,
    heuristic: bool,
    assistant_confidence_threshold: f32,
}

/// Check the options of a generation before its encoder runs.
///
/// # Errors
/// InputError that names the option at fault.
#[wasm_bindgen(js_name = checkGenerateOptions)]
pub fn check_generate_options(json: &str) -> Result<(), JsValue> {
    read(json)?.validate().map_err(to_js)
}

/// Reads them.
pub fn read(json: &str) -> Result<GenerateOptions, JsValue> {
    let options: Options = serde_json::from_str(json)
        .map_err(|error| coded("InputError", &format!("generate: {error}")))?;
    Ok(GenerateOptions {
        decoder_input_ids: Some(options.decoder_input_ids),
        prompt_length: options.prompt_length,
        decoder_attention_mask: options.decoder_attention_mask,
        decoder_position_ids: options.decoder_position_ids,
        max_new_tokens: options.max_new_tokens,
        eos_token_ids: options.eos_token_ids,
        pad_token_id: options.pad_token_id,
        logits: LogitsOptions::from_json(&options.logits.to_string()).map_err(to_js)?,
        do_sample: options.do_sample,
        seed: options.seed,
        num_beams: options.num_beams,
        num_return_sequences: options.num_return_sequences,
        length_penalty: Some(options.length_penalty),
        early_stopping: options.early_stopping,
        recompute: !options.use_cache,
        on_host: options.on_host,
        lookup: (options.prompt_lookup_num_tokens > 0).then_some(PromptLookup {
            tokens: options.prompt_lookup_num_tokens,
            ngram: options.max_matching_ngram_size,
        }),
        assistance: options.assistance.map(|own| Assistance {
            tokens: own.num_assistant_tokens,
            heuristic: own.heuristic,
            confidence: own.assistant_confidence_threshold,
        }),
        report: Report {
            logits: options.output_logits,
            scores: options.output_scores,
            logprobs: options.logprobs,
            record: Record {
                hidden_states: options.output_hidden_states,
                attentions: options.output_attentions,
            },
        },
    })
}
