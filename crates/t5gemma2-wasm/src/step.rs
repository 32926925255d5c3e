//! A step's results.

use js_sys::{Array, Float32Array, Int32Array};
use t5gemma2::logits::TokenLogprobs;
use t5gemma2::{Recorded, Step};
use wasm_bindgen::JsValue;

use crate::generation::flags;
use crate::values;

/// `{ tokens, finished, done, logits, scores, logprobs, recorded }`: what was not asked for is undefined.
pub async fn to_js(step: Step) -> Result<JsValue, JsValue> {
    let floats = |values: Option<Vec<f32>>| {
        values.map_or(JsValue::UNDEFINED, |values| {
            Float32Array::from(values.as_slice()).into()
        })
    };
    Ok(values::object(&[
        ("tokens", Int32Array::from(step.tokens.as_slice()).into()),
        ("finished", flags(&step.finished).into()),
        ("done", step.done.into()),
        ("logits", floats(step.logits)),
        ("scores", floats(step.scores)),
        ("logprobs", logprobs(step.logprobs)),
        ("recorded", recorded(step.recorded).await?),
    ]))
}

/// A row each: `{ tokenIds, logprobs }`, the chosen token first and then the alternatives.
fn logprobs(rows: Option<Vec<TokenLogprobs>>) -> JsValue {
    let Some(rows) = rows else {
        return JsValue::UNDEFINED;
    };
    let row = |row: TokenLogprobs| {
        let all = std::iter::once(row.chosen).chain(row.top);
        let (ids, logprobs): (Vec<i32>, Vec<f32>) =
            all.map(|each| (each.token, each.logprob)).unzip();
        values::object(&[
            ("tokenIds", Int32Array::from(ids.as_slice()).into()),
            ("logprobs", Float32Array::from(logprobs.as_slice()).into()),
        ])
    };
    rows.into_iter().map(row).collect::<Array>().into()
}

/// `{ hiddenStates, attentions, crossAttentions }`, a `{ data, dims }` a layer each; undefined where nothing was recorded.
pub async fn recorded(recorded: Recorded) -> Result<JsValue, JsValue> {
    if recorded.hidden_states.is_none() && recorded.attentions.is_none() {
        return Ok(JsValue::UNDEFINED);
    }
    Ok(values::object(&[
        (
            "hiddenStates",
            values::read_all(recorded.hidden_states).await?,
        ),
        ("attentions", values::read_all(recorded.attentions).await?),
        (
            "crossAttentions",
            values::read_all(recorded.cross_attentions).await?,
        ),
    ]))
}
