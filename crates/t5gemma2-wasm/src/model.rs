//! The loaded model.

use js_sys::Uint32Array;
use std::cell::RefCell;
use std::rc::Rc;
use t5gemma2::{Config, DecoderInputs, EncoderInputs, Keep, PixelValues, Record};
use wasm_bindgen::prelude::*;

use crate::error::{coded, to_js};
use crate::generation::Generation;
use crate::loader::Loader;
use crate::task::Task;
use crate::values;

/// `T5Gemma2ForConditionalGeneration`.
#[wasm_bindgen]
pub struct Model(Rc<RefCell<t5gemma2::Model>>);

/// What the encoder made of an input.
#[wasm_bindgen]
pub struct EncoderOutput(Rc<t5gemma2::EncoderOutput>);

#[wasm_bindgen]
impl Model {
    /// The model of what a "text" loader took in; the loader is used up.
    ///
    /// # Errors
    /// LoadError where something has not come.
    #[wasm_bindgen(constructor)]
    pub fn new(config_json: &str, loader: Loader) -> Result<Model, JsValue> {
        let config = Config::from_json(config_json).map_err(to_js)?;
        let model = t5gemma2::Model::new(config, loader.inner, &loader.device).map_err(to_js)?;
        Ok(Self(Rc::new(RefCell::new(model))))
    }

    /// Add what a "vision" loader took in; the loader is used up.
    ///
    /// # Errors
    /// LoadError where something has not come.
    #[wasm_bindgen(js_name = addVision)]
    pub fn add_vision(&self, loader: Loader) -> Result<(), JsValue> {
        let mut model = self
            .0
            .try_borrow_mut()
            .map_err(|_| coded("InputError", "the model is computing"))?;
        model.add_vision(loader.inner).map_err(to_js)
    }

    /// Whether pictures can be read.
    #[wasm_bindgen(js_name = hasVision)]
    pub fn has_vision(&self) -> bool {
        self.0.try_borrow().is_ok_and(|model| model.has_vision())
    }

    /// Task of an [`EncoderOutput`]. Ids, mask and positions are [batch, length]; `pixel_values` holds `pictures` of them. What a
    /// generation hands out of the encoder has to be asked for here.
    #[allow(clippy::too_many_arguments)]
    pub fn encode(
        &self,
        batch: usize,
        length: usize,
        input_ids: Vec<i32>,
        attention_mask: Option<Vec<i32>>,
        position_ids: Option<Vec<i32>>,
        pixel_values: Option<Vec<f32>>,
        pictures: usize,
        hidden_states: bool,
        attentions: bool,
    ) -> Task {
        let model = self.0.clone();
        let pixel_values = pixel_values.map(|data| PixelValues {
            count: pictures,
            data,
        });
        let inputs = EncoderInputs {
            batch,
            length,
            input_ids,
            attention_mask,
            position_ids,
            pixel_values,
            record: Record {
                hidden_states,
                attentions,
            },
            ..Default::default()
        };
        Task::new(async move {
            let encoded = model.borrow().encode(inputs).map_err(to_js)?;
            Ok(EncoderOutput(Rc::new(encoded)).into())
        })
    }

    /// Task of `{ data, dims }`: logits [batch, kept, vocab] of decoder inputs [batch, length]; `logits_to_keep` 0 keeps all.
    pub fn decode(
        &self,
        encoded: &EncoderOutput,
        length: usize,
        input_ids: Vec<i32>,
        attention_mask: Option<Vec<i32>>,
        position_ids: Option<Vec<i32>>,
        logits_to_keep: usize,
    ) -> Task {
        let (model, encoded) = (self.0.clone(), encoded.0.clone());
        let keep = if logits_to_keep == 0 {
            Keep::All
        } else {
            Keep::Last(logits_to_keep)
        };
        let inputs = DecoderInputs {
            length,
            input_ids,
            attention_mask,
            position_ids,
            keep,
            ..Default::default()
        };
        Task::new(async move {
            let logits = {
                let model = model.borrow();
                let mut cache = model.new_cache(&encoded);
                let output = model.decode(&encoded, inputs, &mut cache).map_err(to_js)?;
                output
                    .logits
                    .ok_or_else(|| coded("InputError", "the model has no head"))?
            };
            let dims = values::dims(&logits.dims());
            Ok(values::object(&[
                ("data", values::read(logits).await?.into()),
                ("dims", dims.into()),
            ]))
        })
    }

    /// Begin to answer an encoded input; `options_json` holds the fields of the Rust `GenerateOptions`.
    ///
    /// # Errors
    /// InputError that names the option at fault.
    pub fn generate(
        &self,
        encoded: &EncoderOutput,
        options_json: &str,
    ) -> Result<Generation, JsValue> {
        Generation::new(self.0.clone(), encoded.0.clone(), options_json)
    }
}

#[wasm_bindgen]
impl EncoderOutput {
    /// [batch, length, hidden].
    pub fn dims(&self) -> Uint32Array {
        values::dims(&self.0.dims())
    }

    /// Task of a Float32Array [batch, length, hidden].
    #[wasm_bindgen(js_name = lastHiddenState)]
    pub fn last_hidden_state(&self) -> Task {
        let state = self.0.last_hidden_state();
        Task::new(async move { Ok(values::read(state).await?.into()) })
    }
}
