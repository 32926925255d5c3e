//! How far an answer has come.

use llguidance::TokenParser;
use std::rc::Rc;
use t5gemma2_js::coded;
use wasm_bindgen::prelude::*;

use crate::vocabulary::Twins;

/// Follows one answer.
#[wasm_bindgen]
pub struct Matcher {
    inner: llguidance::Matcher,
    twins: Rc<Twins>,
    /// Tokens there are.
    size: usize,
}

impl Matcher {
    pub(crate) fn new(parser: TokenParser, twins: Rc<Twins>, size: usize) -> Self {
        Self {
            inner: llguidance::Matcher::new(Ok(parser)),
            twins,
            size,
        }
    }

    /// As for JavaScript, with the error as text.
    pub fn allowed(&mut self) -> Result<Vec<u32>, String> {
        let mut mask = self
            .inner
            .compute_mask_or_eos()
            .map_err(|error| told(&format!("{error:#}")))?;
        for (&twin, &first) in self.twins.iter() {
            if mask.is_allowed(first) {
                mask.allow_token(twin);
            }
        }
        Ok(mask.as_slice().to_vec())
    }

    /// As for JavaScript, with the error as text.
    pub fn advance(&mut self, token: u32) -> Result<bool, String> {
        if token as usize >= self.size {
            return Ok(false);
        }
        let token = self.twins.get(&token).copied().unwrap_or(token);
        let taken = if self.inner.is_stopped() {
            let ends = self.inner.compute_mask_or_eos();
            ends.map(|ends| ends.get(token as usize))
        } else {
            let taken = self.inner.try_consume_tokens(&[token]);
            taken.map(|count| count == 1)
        };
        taken.map_err(|error| told(&format!("{error:#}")))
    }
}

/// The library names its reasons only.
fn told(error: &str) -> String {
    match error.contains("NoExtensionBias") {
        true => "nothing that fits can come next: it contradicts itself, or the tokenizer has no tokens for it".into(),
        false => error.into(),
    }
}

fn refused(error: String) -> JsValue {
    coded("InputError", &format!("constraint: {error}"))
}

#[wasm_bindgen]
impl Matcher {
    /// The tokens that may come next: bit `id % 32` of word `id / 32`. Where the answer may end, so are the end tokens; where
    /// nothing may follow, only they.
    ///
    /// # Errors
    /// InputError where the constraint is too complex to follow.
    pub fn mask(&mut self) -> Result<Vec<u32>, JsValue> {
        self.allowed().map_err(refused)
    }

    /// Go on by a token; false, and nothing happens, where it may not come next.
    ///
    /// # Errors
    /// As [`Self::mask`].
    pub fn take(&mut self, token: u32) -> Result<bool, JsValue> {
        self.advance(token).map_err(refused)
    }

    /// Another matcher that has come as far.
    pub fn fork(&self) -> Matcher {
        Self {
            inner: self.inner.deep_clone(),
            twins: self.twins.clone(),
            size: self.size,
        }
    }
}
