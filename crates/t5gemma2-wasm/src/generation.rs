//! A generation under way.

use js_sys::{Array, Float32Array, Int32Array, Uint8Array};
use std::cell::RefCell;
use std::rc::Rc;
use t5gemma2::{Past, Path, Scores};
use wasm_bindgen::prelude::*;

use crate::cache::{Cache, Place};
use crate::encoder_output::EncoderOutput;
use crate::error::{coded, to_js};
use crate::generate_options;
use crate::model::Model;
use crate::step;
use crate::task::Task;
use crate::values;

/// Answers one encoded input, a token a row and step.
///
/// A step is one call, or its halves for a caller with processors or stopping rules: `scores`, `readScores`, `choose`, and in
/// a beam search `expand` and `select` in place of `choose`.
#[wasm_bindgen]
pub struct Generation {
    model: Rc<RefCell<t5gemma2::Model>>,
    encoded: Rc<t5gemma2::EncoderOutput>,
    under_way: Rc<RefCell<UnderWay>>,
    /// Where the cache that it goes on from belongs.
    place: Option<Place>,
}

struct UnderWay {
    /// Away while the device is waited for.
    generation: Option<t5gemma2::Generation>,
    /// Between the halves of a step.
    scores: Option<Scores>,
}

impl UnderWay {
    fn generation(&mut self) -> Result<&mut t5gemma2::Generation, JsValue> {
        self.generation.as_mut().ok_or_else(busy)
    }

    /// The scores of the step under way, or what the caller made of them.
    fn scores(&mut self, changed: Option<Vec<f32>>) -> Result<Scores, JsValue> {
        let mut scores = self
            .scores
            .take()
            .ok_or_else(|| coded("InputError", "generation: has no scores to choose from"))?;
        if let Some(values) = changed {
            scores.values = values;
        }
        Ok(scores)
    }
}

fn busy() -> JsValue {
    coded("InputError", "the generation is computing")
}

impl Generation {
    pub(crate) fn new(
        model: Rc<RefCell<t5gemma2::Model>>,
        encoded: Rc<t5gemma2::EncoderOutput>,
        options_json: &str,
    ) -> Result<Self, JsValue> {
        let options = generate_options::read(options_json)?;
        let generation =
            t5gemma2::Generation::new(&model.borrow(), encoded.clone(), options).map_err(to_js)?;
        let under_way = UnderWay {
            generation: Some(generation),
            scores: None,
        };
        Ok(Self {
            model,
            encoded,
            under_way: Rc::new(RefCell::new(under_way)),
            place: None,
        })
    }

    pub(crate) fn resume(mut self, cache: &Cache, past: Past) -> Result<Self, JsValue> {
        self.under_way
            .borrow_mut()
            .generation()?
            .resume(cache.there()?, past)
            .map_err(to_js)?;
        cache.place.borrow_mut().take();
        self.place = Some(cache.place.clone());
        Ok(self)
    }
}

impl Drop for Generation {
    /// The cache goes back with what was read, however the generation ends.
    fn drop(&mut self) {
        let generation = self.under_way.borrow_mut().generation.take();
        if let (Some(place), Some(generation)) = (&self.place, generation) {
            *place.borrow_mut() = generation.cache();
        }
    }
}

// The model is only read while it computes; whoever wants to change it meanwhile is refused.
#[allow(clippy::await_holding_refcell_ref)]
#[wasm_bindgen]
impl Generation {
    /// Task of a step: the next token of each row. A device that can goes on by itself, for `ahead` steps at most.
    pub fn step(&self, ahead: usize) -> Task {
        let (model, under_way) = (self.model.clone(), self.under_way.clone());
        Task::new(async move {
            let generation = under_way.borrow_mut().generation.take();
            let mut generation = generation.ok_or_else(busy)?;
            let made = generation.step_ahead(&model.borrow(), ahead).await;
            under_way.borrow_mut().generation = Some(generation);
            step::to_js(made.map_err(to_js)?).await
        })
    }

    /// Task of the encoder's `{ hiddenStates, attentions }`, a `{ data, dims }` a layer each, as they were asked of it.
    #[wasm_bindgen(js_name = encoderRecorded)]
    pub fn encoder_recorded(&self) -> Task {
        Task::new(step::recorded(self.encoded.recorded().clone()))
    }

    /// Task of the first half of a step, which gives nothing.
    pub fn scores(&self) -> Task {
        let (model, under_way) = (self.model.clone(), self.under_way.clone());
        Task::new(async move {
            let generation = under_way.borrow_mut().generation.take();
            let mut generation = generation.ok_or_else(busy)?;
            let scores = generation.scores(&model.borrow()).await;
            let mut under_way = under_way.borrow_mut();
            under_way.generation = Some(generation);
            under_way.scores = Some(scores.map_err(to_js)?);
            Ok(JsValue::UNDEFINED)
        })
    }

    /// The scores [rows, vocab] between the halves of a step.
    ///
    /// # Errors
    /// InputError outside of a step.
    #[wasm_bindgen(js_name = readScores)]
    pub fn read_scores(&self) -> Result<Float32Array, JsValue> {
        let mut under_way = self.under_way.borrow_mut();
        let scores = under_way.scores(None)?;
        let read = Float32Array::from(scores.values.as_slice());
        under_way.scores = Some(scores);
        Ok(read)
    }

    /// The rows so far, prompt included: [rows, length]; of a beam search, its running beams.
    ///
    /// # Errors
    /// InputError while a step computes.
    pub fn sequences(&self) -> Result<Int32Array, JsValue> {
        let mut under_way = self.under_way.borrow_mut();
        let sequences = under_way.generation()?.sequences().concat();
        Ok(Int32Array::from(sequences.as_slice()))
    }

    /// Let each row go on only with these tokens in the next step: `counts` of them a row, one row after the other.
    ///
    /// # Errors
    /// InputError while a step computes.
    pub fn allow(&self, tokens: &[i32], counts: &[u32]) -> Result<(), JsValue> {
        let mut rest = tokens.iter().copied();
        let rows = counts.iter();
        let rows = rows.map(|&count| rest.by_ref().take(count as usize).collect());
        let mut under_way = self.under_way.borrow_mut();
        under_way.generation()?.allow(rows.collect());
        Ok(())
    }

    /// Let each row go on only with the tokens whose bits are set in the next choice: bit `id % 32` of word `id / 32`, a row of words
    /// each.
    ///
    /// # Errors
    /// InputError while a step computes.
    pub fn mask(&self, words: Vec<u32>) -> Result<(), JsValue> {
        self.under_way.borrow_mut().generation()?.mask(words);
        Ok(())
    }

    /// Let a second model draft, as the options asked for: `encoded` is what its own encoder made of the input.
    ///
    /// # Errors
    /// InputError for a model of another vocabulary, without such options, and after the first step.
    pub fn assist(&self, model: &Model, encoded: &EncoderOutput) -> Result<(), JsValue> {
        let mut under_way = self.under_way.borrow_mut();
        let generation = under_way.generation()?;
        generation
            .assist(model.0.clone(), encoded.0.clone())
            .map_err(to_js)
    }

    /// `[proposed, accepted]`: tokens that were guessed ahead, and those that proved right; with an assistant a third, how many it
    /// would draft next. Undefined without guesses.
    ///
    /// # Errors
    /// InputError while a step computes.
    pub fn guesses(&self) -> Result<Option<Vec<u32>>, JsValue> {
        let mut under_way = self.under_way.borrow_mut();
        let guesses = under_way.generation()?.guesses();
        Ok(guesses.map(|all| {
            let counts = [Some(all.proposed), Some(all.accepted), all.next];
            counts.iter().flatten().map(|&count| count as u32).collect()
        }))
    }

    /// Task of a step: its second half, with other scores [rows, vocab] if there are any.
    pub fn choose(&self, changed: Option<Vec<f32>>) -> Task {
        let under_way = self.under_way.clone();
        Task::new(async move {
            let made = {
                let mut under_way = under_way.borrow_mut();
                let scores = under_way.scores(changed)?;
                under_way.generation()?.choose(scores).map_err(to_js)?
            };
            step::to_js(made).await
        })
    }

    /// `{ candidates, length, scores }`: the continuations that a beam search considers, prompt included [continuations,
    /// length], and the scores that the step will report.
    ///
    /// # Errors
    /// InputError for another number of scores, and outside of a beam search's step.
    pub fn expand(&self, changed: Option<Vec<f32>>) -> Result<JsValue, JsValue> {
        let mut under_way = self.under_way.borrow_mut();
        let scores = under_way.scores(changed)?;
        let generation = under_way.generation()?;
        let candidates = generation.expand(scores).map_err(to_js)?;
        let length = candidates.first().map_or(0, |tokens| tokens.len());
        let candidates = Int32Array::from(candidates.concat().as_slice());
        let scores = generation
            .expanded_scores()
            .map_or(JsValue::UNDEFINED, |scores| {
                Float32Array::from(scores).into()
            });
        Ok(values::object(&[
            ("candidates", candidates.into()),
            ("length", (length as u32).into()),
            ("scores", scores),
        ]))
    }

    /// Task of a step of a beam search; 1 for each continuation that ends here.
    pub fn select(&self, stopped: &[u8]) -> Task {
        let under_way = self.under_way.clone();
        let stopped: Vec<bool> = stopped.iter().map(|&stopped| stopped != 0).collect();
        Task::new(async move {
            let made = {
                let mut under_way = under_way.borrow_mut();
                let generation = under_way.generation()?;
                generation.select(Some(&stopped)).map_err(to_js)?
            };
            step::to_js(made).await
        })
    }

    /// End rows after a step, 1 for each; whether the generation is done with that.
    ///
    /// # Errors
    /// InputError for another number of rows.
    pub fn stop(&self, rows: &[u8]) -> Result<bool, JsValue> {
        let rows: Vec<bool> = rows.iter().map(|&stopped| stopped != 0).collect();
        let mut under_way = self.under_way.borrow_mut();
        under_way.generation()?.stop(&rows).map_err(to_js)
    }

    /// A cache of what the decoder has read: every token but the newest of each row, or of each running beam; undefined where
    /// nothing is kept.
    ///
    /// # Errors
    /// InputError while a step computes.
    pub fn cache(&self) -> Result<Option<Cache>, JsValue> {
        let cache = self.under_way.borrow_mut().generation()?.cache();
        Ok(cache.map(|cache| Cache::new(cache, self.encoded.clone())))
    }

    /// Task that ends once the device has nothing under way for this generation, which gives up steps that it took ahead.
    pub fn settle(&self) -> Task {
        let mut under_way = self.under_way.borrow_mut();
        let settled = under_way
            .generation
            .as_mut()
            .map(t5gemma2::Generation::settle);
        Task::new(async move {
            if let Some(settled) = settled {
                settled.await;
            }
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Why the host took part in each step so far; undefined where the device replays a recorded one.
    ///
    /// # Errors
    /// InputError while a step computes.
    #[wasm_bindgen(js_name = whyStepwise)]
    pub fn why_stepwise(&self) -> Result<Option<String>, JsValue> {
        let mut under_way = self.under_way.borrow_mut();
        Ok(match under_way.generation()?.path() {
            Path::Captured => None,
            Path::Stepwise(reason) => Some(reason.to_owned()),
        })
    }

    /// What a beam search found, `{ sequences, lengths, scores, beamIndices }`, undefined for another generation. Ends it.
    ///
    /// # Errors
    /// InputError while a step computes.
    pub fn beams(&self) -> Result<JsValue, JsValue> {
        let generation = self.under_way.borrow_mut().generation.take();
        let generation = generation.ok_or_else(busy)?;
        if let Some(place) = &self.place {
            *place.borrow_mut() = generation.cache();
        }
        let Some(found) = generation.into_beams() else {
            return Ok(JsValue::UNDEFINED);
        };
        let rows = |rows: &[Vec<i32>]| -> JsValue {
            let rows = rows.iter().map(|row| Int32Array::from(row.as_slice()));
            rows.collect::<Array>().into()
        };
        let lengths: Vec<u32> = found.lengths.iter().map(|&length| length as u32).collect();
        Ok(values::object(&[
            ("sequences", rows(&found.sequences)),
            (
                "lengths",
                js_sys::Uint32Array::from(lengths.as_slice()).into(),
            ),
            ("scores", Float32Array::from(found.scores.as_slice()).into()),
            ("beamIndices", rows(&found.beam_indices)),
        ]))
    }
}

/// Bytes of 1 and 0.
pub(crate) fn flags(flags: &[bool]) -> Uint8Array {
    let flags: Vec<u8> = flags.iter().map(|&flag| flag.into()).collect();
    Uint8Array::from(flags.as_slice())
}
