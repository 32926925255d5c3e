//! The decoder's cache, kept on the device.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

use crate::error::coded;
use crate::task::Task;
use crate::values;

/// Keys and values of the tokens that the decoder has read, and of the encoder output that it read them with.
#[wasm_bindgen]
pub struct Cache {
    /// Away while a call continues it.
    pub(crate) inner: Rc<RefCell<Option<t5gemma2::Cache>>>,
    pub(crate) encoded: Rc<t5gemma2::EncoderOutput>,
    batch: usize,
    layers: usize,
    /// Tokens seen when it was last in its place.
    seen: Cell<usize>,
}

impl Cache {
    pub(crate) fn new(cache: t5gemma2::Cache, encoded: Rc<t5gemma2::EncoderOutput>) -> Self {
        Self {
            batch: cache.batch(),
            layers: cache.layers(),
            seen: Cell::new(cache.seen()),
            inner: Rc::new(RefCell::new(Some(cache))),
            encoded,
        }
    }

    fn there(&self) -> Result<t5gemma2::Cache, JsValue> {
        let cache = self.inner.borrow().clone();
        cache.ok_or_else(|| coded("InputError", "pastKeyValues: are being continued"))
    }
}

#[wasm_bindgen]
impl Cache {
    /// Tokens that the decoder has read.
    pub fn seen(&self) -> usize {
        if let Some(cache) = &*self.inner.borrow() {
            self.seen.set(cache.seen());
        }
        self.seen.get()
    }

    /// Rows of the decoder.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Layers of the decoder.
    pub fn layers(&self) -> usize {
        self.layers
    }

    /// [batch, length, hidden] of the encoder output.
    #[wasm_bindgen(js_name = encoderDims)]
    pub fn encoder_dims(&self) -> js_sys::Uint32Array {
        values::dims(&self.encoded.dims())
    }

    /// The encoder output that the tokens were read with.
    #[wasm_bindgen(js_name = encoderOutput)]
    pub fn encoder_output(&self) -> crate::EncoderOutput {
        crate::EncoderOutput(self.encoded.clone())
    }

    /// A cache that is continued apart from this one.
    ///
    /// # Errors
    /// InputError while a call continues it.
    pub fn copy(&self) -> Result<Cache, JsValue> {
        Ok(Self::new(self.there()?, self.encoded.clone()))
    }

    /// Task of `{ keys, values }`, each `{ data, dims }` [batch, kv_heads, tokens, d]: of the decoder's own tokens, or of the encoder's.
    #[wasm_bindgen(js_name = keysAndValues)]
    pub fn keys_and_values(&self, layer: usize, cross: bool) -> Result<Task, JsValue> {
        let found = if cross {
            self.encoded.cross(layer)
        } else {
            self.there()?.layer(layer)
        };
        let (keys, values) = found.ok_or_else(|| {
            let reason = format!(
                "layer: {layer} is none of {}, or has no keys yet",
                self.layers
            );
            coded("InputError", &reason)
        })?;
        Ok(Task::new(async move {
            Ok(values::object(&[
                ("keys", values::tensor(keys).await?),
                ("values", values::tensor(values).await?),
            ]))
        }))
    }
}
