//! Every processor, alone and with others, on the same logits as transformers.

use super::fixtures::{Context, context, folder, options};
use crate::logits::{LogitsOptions, LogitsPipeline};
use safetensors::SafeTensors;
use serde::Deserialize;

/// Of a value: exponentials differ by a bit between libraries, and differences of logarithms are relative to their terms.
const TOLERANCE: f32 = 2e-6;

#[derive(Deserialize)]
struct Case {
    name: String,
    logits: String,
    options: serde_json::Value,
    context: Context,
    sequences: Vec<Vec<i32>>,
}

fn values(file: &SafeTensors<'_>, name: &str) -> Vec<f32> {
    let bytes = file.tensor(name).unwrap().data();
    bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
        .collect()
}

fn agree(a: f32, b: f32) -> bool {
    a == b
        || (a.is_nan() && b.is_nan())
        || (b.is_finite() && (a - b).abs() <= TOLERANCE * b.abs().max(1.0))
}

#[test]
fn processors_answer_as_the_reference() {
    let bytes = std::fs::read(folder().join("processors.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let json = std::fs::read_to_string(folder().join("processors.json")).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&json).unwrap();
    assert!(cases.len() > 200, "only {} cases", cases.len());
    let mut failures = Vec::new();
    for case in cases {
        let mut logits = values(&file, &format!("logits.{}", case.logits));
        let expected = values(&file, &case.name);
        let pipeline = LogitsPipeline::new(&options(&case.options), case.context.into()).unwrap();
        pipeline.apply(&case.sequences, &mut logits).unwrap();
        let wrong: Vec<String> = (0..expected.len())
            .filter(|&i| !agree(logits[i], expected[i]))
            .map(|i| format!("[{i}] {} instead of {}", logits[i], expected[i]))
            .collect();
        if !wrong.is_empty() {
            failures.push(format!(
                "{} {}: {} wrong, {}",
                case.name,
                case.options,
                wrong.len(),
                wrong[0]
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn top_h_looks_at_a_hundred_tokens() {
    let options = LogitsOptions {
        top_h: Some(1.0),
        top_k: Some(0),
        ..Default::default()
    };
    let mut context = context(300);
    context.do_sample = true;
    let mut logits = vec![0.5; 300];
    LogitsPipeline::new(&options, context)
        .unwrap()
        .apply(&[[2]], &mut logits)
        .unwrap();
    let kept = logits.iter().filter(|&&score| score == 0.5).count();
    assert!((99..=100).contains(&kept), "{kept} kept"); // the last one is a matter of rounding
}

#[test]
fn halves_of_the_pipeline_make_the_whole() {
    let json = serde_json::json!({ "repetition_penalty": 1.5, "suppress_tokens": [3], "temperature": 0.5, "top_k": 2 });
    let mut context = context(5);
    context.do_sample = true;
    let pipeline = LogitsPipeline::new(&options(&json), context).unwrap();
    let sequences = [vec![1, 4]];
    let mut logits = [0.5, 3.0, 2.0, 9.0, -1.0];
    pipeline.apply_processors(&sequences, &mut logits).unwrap();
    assert_eq!(logits, [0.5, 2.0, 2.0, f32::NEG_INFINITY, -1.5]);
    pipeline.apply_warpers(&sequences, &mut logits).unwrap();
    let gone = f32::NEG_INFINITY;
    assert_eq!(logits, [gone, 4.0, 4.0, gone, gone]);
}

#[test]
fn neutral_options_leave_nothing_to_do() {
    let json = serde_json::json!({
        "repetition_penalty": 1, "encoder_repetition_penalty": 1.0, "no_repeat_ngram_size": 0, "encoder_no_repeat_ngram_size": 0,
        "min_length": 0, "min_new_tokens": 0, "temperature": 0.7, "top_k": 5, "guidance_scale": 1, "remove_invalid_values": false,
        "renormalize_logits": false, "bad_words_ids": null
    });
    assert!(
        LogitsPipeline::new(&options(&json), context(9))
            .unwrap()
            .is_empty()
    );
    let mut sampling = context(9);
    sampling.do_sample = true;
    let default = LogitsPipeline::new(&LogitsOptions::default(), sampling).unwrap();
    assert!(!default.is_empty(), "sampling keeps 50 tokens by default");
}
