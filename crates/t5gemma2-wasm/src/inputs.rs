//! Inputs of encoder and decoder from the objects that TypeScript passes.

use t5gemma2::loss::Target;
use t5gemma2::{DecoderInputs, EncoderInputs, Keep, PairMask, PairMasks, PixelValues, Record};
use wasm_bindgen::JsValue;

use crate::error::coded;
use crate::fields::Fields;

/// `{ batch, length, inputIds | inputsEmbeds, attentionMask? | pairs?, positionIds?, pixelValues?, pictures?, hiddenStates?, attentions? }`.
pub fn encoder_inputs(object: &JsValue) -> Result<EncoderInputs, JsValue> {
    let fields = Fields(object);
    let pixel_values = match fields.floats("pixelValues")? {
        Some(data) => Some(PixelValues {
            count: fields.count("pictures")?,
            data,
        }),
        None => None,
    };
    Ok(EncoderInputs {
        batch: fields.count("batch")?,
        length: fields.count("length")?,
        input_ids: fields.ints("inputIds")?.unwrap_or_default(),
        inputs_embeds: fields.floats("inputsEmbeds")?,
        attention_mask: fields.ints("attentionMask")?,
        pair_masks: pair_masks(&fields, "pairs")?,
        position_ids: fields.ints("positionIds")?,
        pixel_values,
        image_places: Vec::new(),
        record: record(&fields),
    })
}

/// `{ length, inputIds | inputsEmbeds, attentionMask? | pairs?, encoderPairs?, positionIds?, keepLast? | keepAt? | keepEach? | keepWhere?,
/// hiddenStates?, attentions? }`.
pub fn decoder_inputs(object: &JsValue) -> Result<DecoderInputs, JsValue> {
    let fields = Fields(object);
    Ok(DecoderInputs {
        length: fields.count("length")?,
        input_ids: fields.ints("inputIds")?.unwrap_or_default(),
        inputs_embeds: fields.floats("inputsEmbeds")?,
        attention_mask: fields.ints("attentionMask")?,
        pair_masks: pair_masks(&fields, "pairs")?,
        encoder_pairs: pair_masks(&fields, "encoderPairs")?,
        position_ids: fields.ints("positionIds")?,
        keep: keep(&fields)?,
        record: record(&fields),
    })
}

/// `{ every } | { full?, sliding? }`, each `{ data, dims }`.
fn pair_masks(fields: &Fields, name: &str) -> Result<Option<PairMasks>, JsValue> {
    let Some(masks) = fields.object(name) else {
        return Ok(None);
    };
    let mask = |name: &str| -> Result<Option<PairMask>, JsValue> {
        let Some(mask) = Fields(&masks).object(name) else {
            return Ok(None);
        };
        let fields = Fields(&mask);
        Ok(Some(PairMask {
            shape: fields.dims("dims")?,
            added: fields.floats("data")?.unwrap_or_default(),
        }))
    };
    Ok(Some(match mask("every")? {
        Some(mask) => PairMasks::Every(mask),
        None => PairMasks::ByType {
            full: mask("full")?,
            sliding: mask("sliding")?,
        },
    }))
}

fn record(fields: &Fields) -> Record {
    Record {
        hidden_states: fields.is_set("hiddenStates"),
        attentions: fields.is_set("attentions"),
    }
}

fn keep(fields: &Fields) -> Result<Keep, JsValue> {
    if let Some(count) = fields.number("keepLast")? {
        return Ok(Keep::Last(count as usize));
    }
    if let Some(tokens) = fields.ints("keepAt")? {
        return Ok(Keep::At(tokens));
    }
    if let Some(tokens) = fields.ints("keepEach")? {
        return Ok(Keep::Each(tokens));
    }
    Ok(fields.flags("keepWhere")?.map_or(Keep::All, Keep::Where))
}

/// `{ target: "classes", classes, items? } | { target: "numbers" | "labels", numbers }` among the decoder's fields.
pub fn target(object: &JsValue) -> Result<Option<Target>, JsValue> {
    let fields = Fields(object);
    let Some(kind) = fields.text("target") else {
        return Ok(None);
    };
    let numbers = || fields.floats("numbers").map(Option::unwrap_or_default);
    match kind.as_str() {
        "classes" => Ok(Some(Target::Classes {
            labels: fields.ints("classes")?.unwrap_or_default(),
            items: fields.number("items")?.map(|items| items as f32),
        })),
        "numbers" => Ok(Some(Target::Numbers(numbers()?))),
        "labels" => Ok(Some(Target::Labels(numbers()?))),
        _ => Err(coded(
            "InputError",
            &format!("target: \"{kind}\" is unknown"),
        )),
    }
}
