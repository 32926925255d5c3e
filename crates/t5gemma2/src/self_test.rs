//! A small model on a device and on the CPU: whether the steps of a whole answer come out alike.

use burn::tensor::Device;
use serde_json::{Map, Value, json};
use std::rc::Rc;
use t5gemma2_ops::cases::CaseReport;

use crate::config::Config;
use crate::encoder::EncoderInputs;
use crate::error::{Error, Result};
use crate::generation::{GenerateOptions, Generation, Report};
use crate::logits::{LogitsOptions, Random};
use crate::model::Model;
use crate::weights::schema::slots;
use crate::weights::{Dtype, Loader, Part, Task};

/// What the report is named after.
pub const MODEL: &str = "model";

/// Of logits, relative to the largest.
const TOLERANCE: f32 = 1e-3;
/// More than the window, and enough to record a step and replay it.
const STEPS: usize = 14;

/// Encode tokens and answer on the device and on the CPU: the difference of the first step's logits, and an error where later
/// steps, which a device may replay, choose other tokens.
pub async fn check_steps(device: &Device) -> CaseReport {
    let (difference, error) = match compare(device).await {
        Ok(difference) => (difference, None),
        Err(error) => (f32::INFINITY, Some(error.to_string())),
    };
    CaseReport {
        op: MODEL,
        label: format!("{STEPS} steps of a small model"),
        difference,
        tolerance: TOLERANCE,
        error,
    }
}

async fn compare(device: &Device) -> Result<f32> {
    let (logits, tokens) = answer(device).await?;
    let (expected, expected_tokens) = answer(&Device::flex()).await?;
    if tokens != expected_tokens {
        let reason = format!("its steps chose {tokens:?} instead of {expected_tokens:?}");
        return Err(Error::device(reason));
    }
    let largest = expected.iter().fold(0.0, |most: f32, x| most.max(x.abs()));
    let pairs = logits.iter().zip(&expected);
    let furthest = pairs.map(|(a, b)| (a - b).abs());
    Ok(furthest.fold(0.0, |most, off| if off <= most { most } else { off }) / largest)
}

/// The logits of the first step, and the tokens of all.
async fn answer(device: &Device) -> Result<(Vec<f32>, Vec<i32>)> {
    let model = model(device)?;
    let encoded = Rc::new(model.encode(input())?);
    let mut first = Generation::new(&model, Rc::clone(&encoded), options(true))?;
    let logits = first.step(&model).await?.logits.unwrap_or_default();
    let mut generation = Generation::new(&model, encoded, options(false))?;
    let mut tokens = Vec::new();
    while !generation.is_done() {
        tokens.extend(generation.step_ahead(&model, STEPS).await?.tokens);
    }
    generation.settle().await;
    Ok((logits, tokens))
}

fn input() -> EncoderInputs {
    EncoderInputs {
        batch: 1,
        length: 20,
        input_ids: (0..20).map(|at| 7 * at).collect(),
        ..Default::default()
    }
}

/// No token comes twice, or one would come all the time.
fn options(logits: bool) -> GenerateOptions {
    GenerateOptions {
        decoder_input_ids: Some(vec![2]),
        prompt_length: 1,
        max_new_tokens: STEPS,
        logits: LogitsOptions {
            no_repeat_ngram_size: Some(1),
            ..Default::default()
        },
        report: Report {
            logits,
            ..Default::default()
        },
        ..Default::default()
    }
}

fn model(device: &Device) -> Result<Model> {
    let config = config()?;
    let file = checkpoint(&config);
    let head = 8 + u64::from_le_bytes(core::array::from_fn(|at| file[at]));
    let mut loader = Loader::new(&config, Part::Text(Task::Generation), Dtype::F32, device);
    loader.add_file("self-test", &file[..head as usize], file.len() as u64)?;
    for range in loader.plan()?.ranges {
        let bytes = &file[range.begin as usize..range.end as usize];
        loader.push(range.file, range.begin, bytes)?;
    }
    Model::new(config, loader, device)
}

fn config() -> Result<Config> {
    let text = json!({
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "layer_types": ["sliding_attention", "full_attention"],
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 32,
        "query_pre_attn_scalar": 32,
        "sliding_window": 8,
        "max_position_embeddings": 64,
        "vocab_size": 300,
    });
    let config =
        json!({ "model_type": "t5gemma2", "encoder": { "text_config": text }, "decoder": text });
    Config::from_json(&config.to_string())
}

/// A safetensors file of random weights, of the size that keeps activations near 1.
fn checkpoint(config: &Config) -> Vec<u8> {
    let random = Random::new(21);
    let (mut header, mut data) = (Map::new(), Vec::new());
    let slots = slots(config, Part::Text(Task::Generation)).into_iter();
    let parts = slots
        .filter(|slot| !slot.optional)
        .flat_map(|slot| slot.parts);
    for (index, part) in parts.enumerate() {
        let begin = data.len();
        let size = match part.shape[..] {
            [_, cols] => (3.0 / cols as f64).sqrt(),
            _ => 0.2,
        };
        for element in 0..part.shape.iter().product() {
            let value = (2.0 * random.uniform(index, element, 0) - 1.0) * size;
            data.extend((value as f32).to_le_bytes());
        }
        let offsets = [begin, data.len()];
        let entry = json!({ "dtype": "F32", "shape": part.shape, "data_offsets": offsets });
        header.insert(part.name, entry);
    }
    let header = Value::Object(header).to_string();
    let length = (header.len() as u64).to_le_bytes();
    [&length[..], header.as_bytes(), &data].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_passes() {
        let report = pollster::block_on(check_steps(&Device::flex()));
        assert!(report.passed(), "{report:?}");
    }

    #[test]
    fn no_choice_is_so_close_that_rounding_makes_it() {
        let model = model(&Device::flex()).unwrap();
        let encoded = Rc::new(model.encode(input()).unwrap());
        let mut generation = Generation::new(&model, encoded, options(true)).unwrap();
        let mut before = vec![2];
        while !generation.is_done() {
            let step = pollster::block_on(generation.step(&model)).unwrap();
            let mut logits = step.logits.unwrap();
            let largest = logits.iter().fold(0.0, |most: f32, x| most.max(x.abs()));
            before.iter().for_each(|&id| logits[id as usize] = f32::MIN);
            logits.sort_by(f32::total_cmp);
            let margin = (logits[299] - logits[298]) / largest;
            assert!(margin > 4.0 * TOLERANCE, "{margin} after {before:?}");
            before.extend(step.tokens);
        }
        assert_eq!(before.len(), 1 + STEPS);
    }
}
