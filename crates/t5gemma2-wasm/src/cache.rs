//! The decoder's cache, kept on the device.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

use crate::error::{coded, to_js};
use crate::task::Task;
use crate::values;

/// Keys and values of the tokens that the decoder has read, and of the encoder output that it read them with.
#[wasm_bindgen]
pub struct Cache {
    pub(crate) place: Place,
    pub(crate) encoded: Rc<t5gemma2::EncoderOutput>,
    batch: Cell<usize>,
    layers: usize,
    /// Tokens seen when it was last in its place.
    seen: Cell<usize>,
}

/// Where a cache is, unless a call continues it.
pub type Place = Rc<RefCell<Option<t5gemma2::Cache>>>;

impl Cache {
    pub(crate) fn new(cache: t5gemma2::Cache, encoded: Rc<t5gemma2::EncoderOutput>) -> Self {
        Self {
            batch: Cell::new(cache.batch()),
            layers: cache.layers(),
            seen: Cell::new(cache.seen()),
            place: Rc::new(RefCell::new(Some(cache))),
            encoded,
        }
    }

    pub(crate) fn there(&self) -> Result<t5gemma2::Cache, JsValue> {
        self.place.borrow().clone().ok_or_else(away)
    }

    pub(crate) fn encoded_of(&self, rows: usize) -> Result<Rc<t5gemma2::EncoderOutput>, JsValue> {
        if rows == self.encoded.dims()[0] {
            return Ok(self.encoded.clone());
        }
        self.encoded.of_rows(rows).map(Rc::new).map_err(to_js)
    }

    fn change(
        &self,
        change: impl FnOnce(&mut t5gemma2::Cache) -> t5gemma2::Result<()>,
    ) -> Result<(), JsValue> {
        let mut place = self.place.borrow_mut();
        change(place.as_mut().ok_or_else(away)?).map_err(to_js)
    }
}

#[wasm_bindgen]
impl Cache {
    /// Tokens that the decoder has read.
    pub fn seen(&self) -> usize {
        if let Some(cache) = &*self.place.borrow() {
            self.seen.set(cache.seen());
        }
        self.seen.get()
    }

    /// Rows of the decoder.
    pub fn batch(&self) -> usize {
        self.batch.get()
    }

    /// Forget the newest tokens.
    ///
    /// # Errors
    /// InputError for more tokens than there are, or than a sliding layer can give back.
    pub fn crop(&self, tokens: usize) -> Result<(), JsValue> {
        self.change(|cache| cache.take_back(tokens))
    }

    /// Every row so many times, next to each other.
    ///
    /// # Errors
    /// InputError for none.
    pub fn repeat(&self, repeats: usize) -> Result<(), JsValue> {
        self.change(|cache| cache.repeat(repeats))?;
        self.batch.set(self.batch.get() * repeats);
        Ok(())
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

    /// The encoder output that the tokens were read with, of its own rows or repeated so that there are so many.
    ///
    /// # Errors
    /// InputError for no multiple of its rows.
    #[wasm_bindgen(js_name = encoderOutput)]
    pub fn encoder_output(&self, rows: Option<usize>) -> Result<crate::EncoderOutput, JsValue> {
        self.encoded_of(rows.unwrap_or(self.encoded.dims()[0]))
            .map(crate::EncoderOutput)
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

pub(crate) fn away() -> JsValue {
    coded(
        "InputError",
        "pastKeyValues: are being continued by another call",
    )
}
