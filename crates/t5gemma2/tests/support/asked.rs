//! What the oracle was asked, as the model takes it.

use serde_json::Value;
use t5gemma2::{EncoderInputs, Keep, Model, PairMask, PairMasks, PixelValues, Record};

use super::answers::{Answers, Values, mask, numbers};

/// What the encoder is asked in a case.
pub fn encoder_inputs(
    answers: &Answers,
    model: &Model,
    inputs: &Value,
    record: Record,
) -> EncoderInputs {
    let ids = numbers(&inputs["input_ids"]);
    let embeds = answers.tensor(&inputs["inputs_embeds"]);
    let shape = ids
        .as_ref()
        .map(|ids| ids.0.clone())
        .or(embeds.as_ref().map(|e| e.0.clone()))
        .unwrap_or(vec![0, 0]);
    let places = |embeds: &Values| pollster::block_on(model.image_places(&embeds.1)).unwrap();
    EncoderInputs {
        image_places: embeds.as_ref().map(places).unwrap_or_default(),
        batch: shape[0],
        length: shape[1],
        input_ids: ids.map(|ids| ids.1).unwrap_or_default(),
        inputs_embeds: embeds.map(|embeds| embeds.1),
        attention_mask: token_mask(&inputs["attention_mask"]),
        pair_masks: pairs(&inputs["attention_mask"]),
        position_ids: numbers(&inputs["position_ids"]).map(|p| p.1),
        pixel_values: answers
            .tensor(&inputs["pixel_values"])
            .map(|(shape, data)| PixelValues {
                count: shape[0],
                data,
            }),
        record,
    }
}

/// A mask [batch, length]; others are [`pairs`].
pub fn token_mask(value: &Value) -> Option<Vec<i32>> {
    let (shape, values) = mask(value)?;
    (shape.len() != 4).then_some(values)
}

/// A mask [batch, 1, queries, keys], or one of each type of layer.
pub fn pairs(value: &Value) -> Option<PairMasks> {
    let one = |value: &Value| {
        let (shape, values) = mask(value)?;
        let shape = shape.try_into().ok()?;
        let added = |seen: &i32| [f32::NEG_INFINITY, 0.0][*seen as usize];
        Some(PairMask {
            shape,
            added: values.iter().map(added).collect(),
        })
    };
    if value.is_object() {
        let (full, sliding) = (&value["full_attention"], &value["sliding_attention"]);
        return Some(PairMasks::ByType {
            full: one(full),
            sliding: one(sliding),
        });
    }
    one(value).map(PairMasks::Every)
}

/// `logits_to_keep`.
pub fn keep(value: &Value, length: usize) -> Keep {
    match value {
        Value::Array(rows) if rows[0].is_array() => match rows[0][0].is_boolean() {
            true => Keep::Where(mask(value).unwrap().1.iter().map(|&m| m == 1).collect()),
            false => Keep::Each(numbers(value).unwrap().1),
        },
        Value::Array(_) => Keep::At(numbers(value).unwrap().1),
        value => match value.as_i64() {
            None | Some(0) => Keep::All,
            // A Python slice from a positive index on.
            Some(count) if count < 0 => Keep::At((-count as i32..length as i32).collect()),
            Some(count) => Keep::Last(count as usize),
        },
    }
}

/// Shape and values.
pub fn read<const D: usize>(tensor: burn::Tensor<D>) -> (Vec<usize>, Vec<f32>) {
    (
        tensor.dims().to_vec(),
        tensor.into_data().iter::<f32>().collect(),
    )
}
