//! What the encoder made, kept on the device.

use js_sys::Uint32Array;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

use crate::error::to_js;
use crate::step;
use crate::task::Task;
use crate::values;

/// What the encoder made of an input.
#[wasm_bindgen]
pub struct EncoderOutput(pub(crate) Rc<t5gemma2::EncoderOutput>);

#[wasm_bindgen]
impl EncoderOutput {
    /// [batch, length, hidden].
    pub fn dims(&self) -> Uint32Array {
        values::dims(&self.0.dims())
    }

    /// The same states behind another mask [batch, length], or none.
    ///
    /// # Errors
    /// InputError where the mask does not fit.
    #[wasm_bindgen(js_name = withMask)]
    pub fn with_mask(&self, mask: Option<Vec<i32>>) -> Result<EncoderOutput, JsValue> {
        let other = self.0.with_mask(mask).map_err(to_js)?;
        Ok(Self(Rc::new(other)))
    }

    /// Task of a Float32Array [batch, length, hidden].
    #[wasm_bindgen(js_name = lastHiddenState)]
    pub fn last_hidden_state(&self) -> Task {
        let state = self.0.last_hidden_state();
        Task::new(async move { Ok(values::read(state).await?.into()) })
    }

    /// Task of `{ hiddenStates, attentions }`, lists of `{ data, dims }`: what `encode` was asked to record, or undefined.
    pub fn recorded(&self) -> Task {
        let encoded = self.0.clone();
        Task::new(async move { step::recorded(encoded.recorded().clone()).await })
    }
}
