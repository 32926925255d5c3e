//! Whole generations against the oracle: processors, limits, prompts and beams of `test/fixtures/outputs/generate.json`.

mod support;

use burn::tensor::Device;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::rc::Rc;
use support::answers::{Answers, mask, numbers};
use support::{load, root};
use t5gemma2::beams::EarlyStopping;
use t5gemma2::logits::LogitsOptions;
use t5gemma2::{
    Dtype, EncoderInputs, Error, GenerateOptions, Generation, Model, PromptLookup, Result,
};

/// Scores of beams, which are sums of up to a dozen log-probabilities.
const TOLERANCE: f32 = 1e-3;

/// Options of GenerationConfig that JavaScript turns into others, or that change no result.
const ELSEWHERE: [&str; 9] = [
    "prompt_lookup_num_tokens",
    "max_length",
    "max_new_tokens",
    "eos_token_id",
    "pad_token_id",
    "decoder_start_token_id",
    "output_scores",
    "output_logits",
    "return_dict_in_generate",
];

#[test]
fn generations_equal_the_oracle() {
    let answers = Answers::open(&root().join("test/fixtures/outputs"), "generate");
    let mut models: HashMap<String, Model> = HashMap::new();
    let (mut compared, mut refused) = (0, 0);
    for case in answers.cases() {
        let (name, checkpoint) = (
            case["name"].as_str().unwrap(),
            case["checkpoint"].as_str().unwrap(),
        );
        let folder = root().join("test/fixtures/checkpoints").join(checkpoint);
        if !is_ours(case) || !folder.exists() {
            continue;
        }
        let model = models
            .entry(checkpoint.into())
            .or_insert_with(|| load(&folder, Dtype::F32, &Device::flex(), 1 << 20).unwrap());
        let defaults = std::fs::read_to_string(folder.join("generation_config.json")).unwrap();
        let defaults = serde_json::from_str(&defaults).unwrap();
        match (run(model, case, &defaults), case["error"].is_null()) {
            (Err(error), true) => panic!("{name}: {error}"),
            (Err(error), false) => {
                assert_eq!(error.code(), "InputError", "{name}: {error}");
                refused += 1;
            }
            (Ok(_), false) => panic!("{name}: the oracle refuses: {}", case["error"]["message"]),
            (Ok((sequences, scores)), true) => {
                assert_eq!(sequences, rows(&case["sequences"]), "{name}");
                if let Some(wanted) = case["sequences_scores"].as_array() {
                    for (got, wanted) in scores.iter().zip(wanted) {
                        let wanted = wanted.as_f64().unwrap() as f32;
                        assert!(
                            (got - wanted).abs() <= TOLERANCE * wanted.abs().max(1.0),
                            "{name}: score {got} for {wanted}"
                        );
                    }
                }
                compared += 1;
            }
        }
    }
    assert!(
        compared >= 60 && refused >= 3,
        "only {compared} were compared and {refused} refused"
    );
}

/// What belongs to JavaScript (stop strings, unknown options) or is not implemented is left out.
fn is_ours(case: &Value) -> bool {
    let inputs = case["inputs"].as_object().unwrap();
    let known = [
        "input_ids",
        "attention_mask",
        "position_ids",
        "decoder_input_ids",
        "decoder_attention_mask",
        "inputs_embeds",
        "encoder_outputs",
    ];
    let left_out = [
        "assistant_model",
        "stop_strings",
        "foo",
        "negative_prompt_ids",
        "decoder_position_ids",
        "output_attentions",
        "output_hidden_states",
    ];
    let options = case["options"].as_object().unwrap();
    inputs.keys().all(|key| known.contains(&key.as_str()))
        && inputs.get("input_ids").is_some_and(Value::is_array)
        && !options.keys().any(|key| left_out.contains(&key.as_str()))
        && !options
            .get("decoder_start_token_id")
            .is_some_and(Value::is_array)
        && options
            .get("early_stopping")
            .is_none_or(|value| value != "maybe")
}

type Outcome = (Vec<Vec<i32>>, Vec<f32>);

fn run(model: &Model, case: &Value, defaults: &Map<String, Value>) -> Result<Outcome> {
    let inputs = &case["inputs"];
    let mut options = defaults.clone();
    options.extend(case["options"].as_object().unwrap().clone());
    let tokens = |name: &str| match options.get(name) {
        Some(Value::Array(ids)) => ids.iter().map(|id| id.as_i64().unwrap() as i32).collect(),
        value => value
            .and_then(Value::as_i64)
            .map(|id| vec![id as i32])
            .unwrap_or_default(),
    };
    let number = |name: &str| {
        options
            .get(name)
            .and_then(Value::as_u64)
            .map(|n| n as usize)
    };
    let (shape, ids) = numbers(&inputs["input_ids"]).unwrap();
    let start = tokens("decoder_start_token_id")
        .first()
        .or(tokens("bos_token_id").first())
        .copied()
        .unwrap();
    let mut prompt = numbers(&inputs["decoder_input_ids"])
        .map_or(vec![vec![start]; shape[0]], |(shape, ids)| {
            ids.chunks(shape[1]).map(<[i32]>::to_vec).collect()
        });
    let mut prompt_mask = mask(&inputs["decoder_attention_mask"]).map(|(shape, mask)| {
        mask.chunks(shape[1])
            .map(<[i32]>::to_vec)
            .collect::<Vec<_>>()
    });
    // As the oracle, and as ts/generation does it: the start token goes before a prompt of which no row begins with it.
    if prompt.iter().all(|row| row[0] != start) {
        prompt.iter_mut().for_each(|row| row.insert(0, start));
        prompt_mask
            .iter_mut()
            .flatten()
            .for_each(|row| row.insert(0, 1));
    }
    let length = prompt[0].len();
    let max_new_tokens = match (number("max_new_tokens"), number("max_length")) {
        (Some(count), _) => count,
        (None, Some(total)) => total.saturating_sub(length),
        (None, None) => 20,
    };
    let own = |name: &str| {
        ![
            "num_beams",
            "num_return_sequences",
            "length_penalty",
            "early_stopping",
            "do_sample",
            "use_cache",
        ]
        .contains(&name)
    };
    let logits: Map<String, Value> = case["options"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| own(name) && !ELSEWHERE.contains(&name.as_str()))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    let given = GenerateOptions {
        decoder_input_ids: Some(prompt.concat()),
        prompt_length: length,
        decoder_attention_mask: prompt_mask.map(|mask| mask.concat()),
        max_new_tokens,
        eos_token_ids: tokens("eos_token_id"),
        pad_token_id: tokens("pad_token_id").first().copied(),
        logits: LogitsOptions::from_json(&Value::Object(logits).to_string())?,
        lookup: number("prompt_lookup_num_tokens").map(|tokens| PromptLookup { tokens, ngram: 2 }),
        num_beams: number("num_beams").unwrap_or(1),
        num_return_sequences: number("num_return_sequences").unwrap_or(1),
        recompute: options.get("use_cache") == Some(&Value::Bool(false)),
        length_penalty: options.get("length_penalty").and_then(Value::as_f64),
        early_stopping: options
            .get("early_stopping")
            .map_or(Ok(EarlyStopping::No), |value| {
                serde_json::from_value(value.clone())
                    .map_err(|e| Error::input("earlyStopping", e.to_string()))
            })?,
        ..Default::default()
    };
    if prompt.len() != shape[0] {
        return Err(Error::input(
            "decoderInputIds",
            "have another number of rows than inputIds",
        ));
    }
    let encoded = model.encode(EncoderInputs {
        batch: shape[0],
        length: shape[1],
        input_ids: ids,
        attention_mask: mask(&inputs["attention_mask"]).map(|m| m.1),
        position_ids: numbers(&inputs["position_ids"]).map(|p| p.1),
        ..Default::default()
    })?;
    let mut generation = Generation::new(model, Rc::new(encoded), given)?;
    let mut sequences = prompt;
    while !generation.is_done() {
        let step = pollster::block_on(generation.step(model))?;
        sequences
            .iter_mut()
            .zip(step.tokens)
            .for_each(|(row, token)| row.push(token));
    }
    Ok(match generation.into_beams() {
        Some(found) => (found.sequences, found.scores),
        None => (sequences, Vec::new()),
    })
}

fn rows(value: &Value) -> Vec<Vec<i32>> {
    let (shape, ids) = numbers(value).unwrap();
    ids.chunks(shape[1]).map(<[i32]>::to_vec).collect()
}
