//! The classification heads against the oracle: `test/fixtures/classification`.

mod support;

use burn::tensor::Device;
use serde_json::Value;
use std::path::PathBuf;
use support::answers::{Answers, floats, numbers};
use support::asked::{encoder_inputs, read, token_mask};
use support::{difference, load_task, root};
use t5gemma2::{DecoderInputs, Dtype, Model, Record, Task, loss, shift_right};

/// As in parity.rs.
const TOLERANCE: f32 = 1e-4;

#[test]
fn classification_heads_score_as_the_oracle() {
    let mut compared = 0;
    for (folder, task) in [
        ("single-label", Task::SequenceClassification),
        ("multi-label", Task::SequenceClassification),
        ("regression", Task::SequenceClassification),
        ("tokens", Task::TokenClassification),
        ("base", Task::Base),
    ] {
        let folder: PathBuf = root().join("test/fixtures/classification").join(folder);
        let answers = Answers::open(&folder, "expected");
        let model = load_task(&folder, task, Dtype::F32, &Device::flex(), 1 << 20).unwrap();
        for case in answers.cases() {
            let inputs = &case["inputs"];
            if !inputs["inputs_embeds"].is_null() || !inputs["decoder_inputs_embeds"].is_null() {
                continue;
            }
            compared += check_classification(&answers, &model, task, case);
        }
    }
    assert!(compared >= 20, "only {compared} outputs were compared");
}

fn check_classification(answers: &Answers, model: &Model, task: Task, case: &Value) -> usize {
    let name = case["name"].as_str().unwrap();
    let inputs = &case["inputs"];
    let config = &model.config().decoder;
    let Some((shape, input_ids)) = numbers(&inputs["input_ids"]) else {
        return 0;
    };
    let encoded = match answers.tensor(&inputs["encoder_outputs"]) {
        Some((shape, states)) => model.encoded(
            states,
            [shape[0], shape[1], shape[2]],
            token_mask(&inputs["attention_mask"]),
        ),
        None => model.encode(encoder_inputs(answers, model, inputs, Record::default())),
    };
    let encoded = match encoded {
        Ok(encoded) => encoded,
        Err(error) => {
            assert!(!case["error"].is_null(), "{name}: {error}");
            return 0;
        }
    };
    let (ids_shape, ids) = match numbers(&inputs["decoder_input_ids"]) {
        Some(ids) => ids,
        None if task == Task::Base => return 0,
        None => (
            shape.clone(),
            shift_right(
                &input_ids,
                shape[1],
                config.bos_token.unwrap(),
                config.pad_token.unwrap(),
            ),
        ),
    };
    let given = DecoderInputs {
        length: ids_shape[1],
        input_ids: ids.clone(),
        attention_mask: token_mask(&inputs["decoder_attention_mask"]),
        position_ids: numbers(&inputs["decoder_position_ids"]).map(|p| p.1),
        ..Default::default()
    };
    let got = model
        .decode(&encoded, given, &mut model.new_cache(&encoded))
        .unwrap();
    if task == Task::Base {
        let (_, wanted) = answers
            .tensor(&case["outputs"]["last_hidden_state"])
            .unwrap();
        let worst = difference(&read(got.last_hidden_state).1, &wanted, 1, None);
        assert!(
            worst <= TOLERANCE,
            "{name}: last_hidden_state differs by {worst}"
        );
        return 1;
    }
    if !case["error"].is_null() {
        return 0;
    }
    let (logits_shape, scores) = read(got.logits.unwrap());
    let classes = logits_shape[2];
    let scores = match task {
        Task::SequenceClassification => {
            loss::pooled_positions(&ids, ids_shape[1], config.pad_token)
                .into_iter()
                .enumerate()
                .flat_map(|(row, at)| {
                    scores[(row * ids_shape[1] + at) * classes..][..classes].to_vec()
                })
                .collect()
        }
        _ => scores,
    };
    let (_, wanted) = answers.tensor(&case["outputs"]["logits"]).unwrap();
    let worst = difference(&scores, &wanted, 1, None);
    assert!(worst <= TOLERANCE, "{name}: logits differ by {worst}");
    let Some(wanted) = case["outputs"]["loss"].as_f64() else {
        return 1;
    };
    let floats = answers
        .tensor(&inputs["labels"])
        .map_or_else(|| floats(&inputs["labels"]), |labels| labels.1);
    let whole = numbers(&inputs["labels"]).map(|labels| labels.1);
    let problem = case["problem_type"]
        .as_str()
        .map(str::to_string)
        .unwrap_or_else(|| match (classes, &whole) {
            _ if task == Task::TokenClassification => "single_label_classification".into(),
            (1, _) => "regression".into(),
            (_, Some(_)) => "single_label_classification".into(),
            _ => "multi_label_classification".into(),
        });
    let got = match problem.as_str() {
        "regression" => loss::mean_squared_error(&scores, &floats),
        "multi_label_classification" => loss::binary_cross_entropy(&scores, &floats),
        _ => loss::cross_entropy(&scores, &whole.unwrap(), classes),
    };
    let got = got.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(
        (got - wanted as f32).abs() <= 1e-4 * (wanted as f32).abs().max(1.0),
        "{name}: loss {got} for {wanted}"
    );
    2
}
