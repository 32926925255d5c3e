//! The loaded model.

use std::cell::RefCell;
use std::rc::Rc;
use t5gemma2::loss::Target;
use t5gemma2::{Config, Past};
use wasm_bindgen::prelude::*;

use crate::cache::{Cache, away};
use crate::encoder_output::EncoderOutput;
use crate::error::{coded, to_js};
use crate::fields::Fields;
use crate::generation::Generation;
use crate::inputs::{decoder_inputs, encoder_inputs, target};
use crate::loader::Loader;
use crate::step;
use crate::task::Task;
use crate::values;

/// A model for the task that its weights were loaded for.
#[wasm_bindgen]
pub struct Model(pub(crate) Rc<RefCell<t5gemma2::Model>>);

// The model is only read while it computes; whoever wants to change it meanwhile is refused.
#[allow(clippy::await_holding_refcell_ref)]
#[wasm_bindgen]
impl Model {
    /// The model of what a loader of a text side took in; the loader is used up.
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

    /// Bytes of the weights that the decoder reads for a token.
    #[wasm_bindgen(js_name = tokenWeightBytes)]
    pub fn token_weight_bytes(&self) -> f64 {
        let model = self.0.try_borrow();
        model.map_or(0.0, |model| model.token_weight_bytes() as f64)
    }

    /// Task of an [`EncoderOutput`]; the fields of `inputs` are those of [`encoder_inputs`].
    ///
    /// # Errors
    /// InputError for a field of another type.
    pub fn encode(&self, inputs: &JsValue) -> Result<Task, JsValue> {
        let model = self.0.clone();
        let mut inputs = encoder_inputs(inputs)?;
        Ok(Task::new(async move {
            if let (Some(embeds), Some(_)) = (&inputs.inputs_embeds, &inputs.pixel_values) {
                let places = model.borrow().image_places(embeds).await;
                inputs.image_places = places.map_err(to_js)?;
            }
            let encoded = model.borrow().encode(inputs).map_err(to_js)?;
            Ok(EncoderOutput(Rc::new(encoded)).into())
        }))
    }

    /// Task of a Float32Array [n, hidden]: the encoder's embeddings of tokens.
    pub fn embed(&self, ids: Vec<i32>) -> Task {
        let model = self.0.clone();
        Task::new(async move {
            let embedded = model.borrow().embed(ids).map_err(to_js)?;
            Ok(values::read(embedded).await?.into())
        })
    }

    /// An encoder output of states [batch, length, hidden] that were computed elsewhere.
    ///
    /// # Errors
    /// InputError where the shape does not fit.
    pub fn encoded(
        &self,
        batch: usize,
        length: usize,
        states: Vec<f32>,
        attention_mask: Option<Vec<i32>>,
    ) -> Result<EncoderOutput, JsValue> {
        let model = self.0.borrow();
        let shape = [batch, length, model.config().encoder.hidden_size];
        let encoded = model
            .encoded(states, shape, attention_mask)
            .map_err(to_js)?;
        Ok(EncoderOutput(Rc::new(encoded)))
    }

    /// An empty cache for the rows of an encoder output.
    #[wasm_bindgen(js_name = newCache)]
    pub fn new_cache(&self, encoded: &EncoderOutput) -> Cache {
        let cache = self.0.borrow().new_cache(&encoded.0);
        Cache::new(cache, encoded.0.clone())
    }

    /// Read tokens that follow those in a cache, which takes them in. `inputs` has the fields of [`decoder_inputs`] and of
    /// [`target`]; `states` asks for the last ones, `encoderMask` [batch, encoder length] takes the place of the encoder
    /// output's own, and `encoderUnmasked` of any.
    ///
    /// Task of `{ logits, loss, lastHiddenState, recorded }`, tensors being `{ data, dims }`.
    ///
    /// # Errors
    /// InputError for a field of another type, or a cache that another call continues.
    pub fn decode(&self, cache: &Cache, inputs: &JsValue) -> Result<Task, JsValue> {
        let (model, place, mut encoded) =
            (self.0.clone(), cache.place.clone(), cache.encoded.clone());
        let fields = Fields(inputs);
        let encoder_mask = fields.ints("encoderMask")?;
        if let Some(mask) = &encoder_mask {
            encoded = cache.encoded_of(mask.len() / encoded.dims()[1])?;
        }
        if encoder_mask.is_some() || fields.is_set("encoderUnmasked") {
            encoded = Rc::new(encoded.with_mask(encoder_mask).map_err(to_js)?);
        }
        let (states, target) = (fields.is_set("states"), target(inputs)?);
        let inputs = decoder_inputs(inputs)?;
        Ok(Task::new(async move {
            let mut cache = place.borrow_mut().take().ok_or_else(away)?;
            let output = model.borrow().decode(&encoded, inputs, &mut cache);
            *place.borrow_mut() = Some(cache);
            read_output(output.map_err(to_js)?, states, target).await
        }))
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

    /// The same on from a cache, which is away until the generation is freed and then has its tokens. Those in the cache are the
    /// prompt's first ones, or else come before the prompt, with a mask [batch, tokens in the cache] of their own.
    ///
    /// # Errors
    /// InputError that names the option at fault.
    pub fn resume(
        &self,
        encoded: &EncoderOutput,
        options_json: &str,
        cache: &Cache,
        in_prompt: bool,
        mask: Option<Vec<i32>>,
    ) -> Result<Generation, JsValue> {
        let encoded = encoded.0.with_cross_of(&cache.encoded).map_err(to_js)?;
        let past = match in_prompt {
            true => Past::InPrompt,
            false => Past::BeforePrompt { mask },
        };
        let generation = Generation::new(self.0.clone(), Rc::new(encoded), options_json)?;
        generation.resume(cache, past)
    }
}

/// What was made, undefined where it was not asked for.
async fn read_output(
    output: t5gemma2::DecoderOutput,
    states: bool,
    target: Option<Target>,
) -> Result<JsValue, JsValue> {
    let (mut logits, mut loss, mut last) = Default::default();
    if let Some(tensor) = output.logits {
        let dims = tensor.dims();
        let data = values::read(tensor).await?;
        if let Some(target) = target {
            loss = JsValue::from(target.loss(&data.to_vec(), dims[2]).map_err(to_js)?);
        }
        let dims = values::dims(&dims).into();
        logits = values::object(&[("data", data.into()), ("dims", dims)]);
    }
    if states {
        last = values::tensor(output.last_hidden_state).await?;
    }
    let recorded = step::recorded(output.recorded).await?;
    Ok(values::object(&[
        ("logits", logits),
        ("loss", loss),
        ("lastHiddenState", last),
        ("recorded", recorded),
    ]))
}
