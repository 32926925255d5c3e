//! Answers of the oracle whose tensors lie in a safetensors file beside the JSON.

use safetensors::SafeTensors;
use serde_json::Value;
use std::path::Path;

pub struct Answers {
    json: Value,
    tensors: Vec<u8>,
}

pub type Values = (Vec<usize>, Vec<f32>);

impl Answers {
    pub fn open(folder: &Path, name: &str) -> Self {
        let json = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let tensors = std::fs::read(folder.join(format!("{name}.safetensors"))).unwrap();
        Self {
            json: serde_json::from_str(&json).unwrap(),
            tensors,
        }
    }

    pub fn cases(&self) -> &[Value] {
        self.json["cases"].as_array().unwrap()
    }

    /// `{"tensor": NAME}`.
    pub fn tensor(&self, value: &Value) -> Option<Values> {
        let tensors = SafeTensors::deserialize(&self.tensors).unwrap();
        let view = tensors.tensor(value["tensor"].as_str()?).unwrap();
        let values = view
            .data()
            .chunks(4)
            .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
            .collect();
        Some((view.shape().to_vec(), values))
    }

    /// One tensor, a list of them, or a number.
    pub fn tensors(&self, value: &Value) -> Vec<Values> {
        match value {
            Value::Array(list) => list
                .iter()
                .map(|value| self.tensor(value).unwrap())
                .collect(),
            Value::Number(number) => vec![(vec![], vec![number.as_f64().unwrap() as f32])],
            Value::String(text) if text == "nan" => vec![(vec![], vec![f32::NAN])],
            value => vec![self.tensor(value).unwrap()],
        }
    }
}

/// Nested whole numbers with their shape.
pub fn numbers(value: &Value) -> Option<(Vec<usize>, Vec<i32>)> {
    match value {
        Value::Array(rows) => {
            let parts: Vec<_> = rows.iter().map(numbers).collect::<Option<_>>()?;
            let shape = std::iter::once(rows.len())
                .chain(parts.first().map(|part| part.0.clone()).unwrap_or_default());
            Some((
                shape.collect(),
                parts.iter().flat_map(|part| part.1.clone()).collect(),
            ))
        }
        value => Some((vec![], vec![value.as_i64()? as i32])),
    }
}

/// Nested numbers.
pub fn floats(value: &Value) -> Vec<f32> {
    match value {
        Value::Array(rows) => rows.iter().flat_map(floats).collect(),
        value => value.as_f64().map(|x| x as f32).into_iter().collect(),
    }
}

/// Nested numbers or booleans with their shape.
pub fn mask(value: &Value) -> Option<(Vec<usize>, Vec<i32>)> {
    match value {
        Value::Array(rows) => {
            let parts: Vec<_> = rows.iter().map(mask).collect::<Option<_>>()?;
            let shape = std::iter::once(rows.len())
                .chain(parts.first().map(|part| part.0.clone()).unwrap_or_default());
            Some((
                shape.collect(),
                parts.iter().flat_map(|part| part.1.clone()).collect(),
            ))
        }
        Value::Bool(set) => Some((vec![], vec![*set as i32])),
        value => Some((vec![], vec![value.as_i64()? as i32])),
    }
}
