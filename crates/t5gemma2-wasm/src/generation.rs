//! A generation under way.

use js_sys::{Int32Array, Uint8Array};
use serde::Deserialize;
use std::cell::RefCell;
use std::rc::Rc;
use t5gemma2::logits::LogitsOptions;
use wasm_bindgen::prelude::*;

use crate::error::{coded, to_js};
use crate::task::Task;
use crate::values;

/// Answers one encoded input, a token a row and step.
#[wasm_bindgen]
pub struct Generation {
    model: Rc<RefCell<t5gemma2::Model>>,
    /// Away while a step is under way, and for good after one that failed.
    inner: Rc<RefCell<Option<t5gemma2::Generation>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    decoder_input_ids: Vec<i32>,
    prompt_length: usize,
    decoder_attention_mask: Option<Vec<i32>>,
    max_new_tokens: usize,
    min_new_tokens: usize,
    eos_token_ids: Vec<i32>,
    pad_token_id: i32,
}

impl Generation {
    pub(crate) fn new(
        model: Rc<RefCell<t5gemma2::Model>>,
        encoded: Rc<t5gemma2::EncoderOutput>,
        options_json: &str,
    ) -> Result<Self, JsValue> {
        let options: Options = serde_json::from_str(options_json)
            .map_err(|error| coded("InputError", &format!("generate: {error}")))?;
        let options = t5gemma2::GenerateOptions {
            decoder_input_ids: Some(options.decoder_input_ids),
            prompt_length: options.prompt_length,
            decoder_attention_mask: options.decoder_attention_mask,
            max_new_tokens: options.max_new_tokens,
            eos_token_ids: options.eos_token_ids,
            pad_token_id: Some(options.pad_token_id),
            logits: LogitsOptions {
                min_new_tokens: Some(options.min_new_tokens),
                ..Default::default()
            },
            ..Default::default()
        };
        let generation =
            t5gemma2::Generation::new(&model.borrow(), encoded, options).map_err(to_js)?;
        Ok(Self {
            model,
            inner: Rc::new(RefCell::new(Some(generation))),
        })
    }
}

#[wasm_bindgen]
impl Generation {
    /// Task of `{ tokens, finished, done }`: the next token of each row.
    // The model is only read while it computes; whoever wants to change it meanwhile is refused.
    #[allow(clippy::await_holding_refcell_ref)]
    pub fn step(&self) -> Task {
        let (model, inner) = (self.model.clone(), self.inner.clone());
        Task::new(async move {
            let generation = inner.borrow_mut().take();
            let mut generation = generation
                .ok_or_else(|| coded("InputError", "the generation is computing or has failed"))?;
            let step = generation.step(&model.borrow()).await.map_err(to_js)?;
            *inner.borrow_mut() = Some(generation);
            let finished: Vec<u8> = step
                .finished
                .iter()
                .map(|&finished| finished.into())
                .collect();
            Ok(values::object(&[
                ("tokens", Int32Array::from(step.tokens.as_slice()).into()),
                ("finished", Uint8Array::from(finished.as_slice()).into()),
                ("done", step.done.into()),
            ]))
        })
    }
}
