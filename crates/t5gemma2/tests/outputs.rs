//! Every input and output of `forward` against the oracle: `test/fixtures/outputs` and `test/fixtures/classification`.

mod support;

use burn::tensor::Device;
use serde_json::Value;
use std::path::PathBuf;
use support::answers::{Answers, mask, numbers};
use support::{difference, load_task, root};
use t5gemma2::{
    Cache, DecoderInputs, Dtype, EncoderInputs, EncoderOutput, Keep, Model, PixelValues, Record,
    Result, Task, loss, shift_right,
};

/// As in parity.rs.
const TOLERANCE: f32 = 1e-4;

/// What the oracle takes and we do not: masks of four dimensions and masks by layer type, embeddings with pictures, and
/// one set of kept tokens a row. Each is refused by name in JavaScript.
fn is_ours(inputs: &Value) -> bool {
    let mask_rank = |name: &str| {
        inputs[name]
            .as_array()
            .map_or(if inputs[name].is_object() { 9 } else { 0 }, |rows| {
                rank(&rows[0]) + 1
            })
    };
    let keeps_by_row = inputs["logits_to_keep"]
        .as_array()
        .is_some_and(|rows| rows.iter().any(|row| !row.is_i64()));
    mask_rank("attention_mask") <= 2
        && mask_rank("decoder_attention_mask") <= 2
        && !(inputs["inputs_embeds"].is_object() && inputs["pixel_values"].is_object())
        && !keeps_by_row
        && inputs["num_items_in_batch"].is_null()
}

fn rank(value: &Value) -> usize {
    value.as_array().map_or(0, |rows| 1 + rank(&rows[0]))
}

#[test]
fn forward_gives_every_output_of_the_oracle() {
    let answers = Answers::open(&root().join("test/fixtures/outputs"), "forward");
    let mut compared = 0;
    for case in answers.cases() {
        let name = case["name"].as_str().unwrap();
        let steps = case["steps"].as_array().unwrap();
        if !steps.iter().all(|step| is_ours(&step["inputs"])) {
            continue;
        }
        let task = match case["kind"].as_str().unwrap() {
            "generation" => Task::Generation,
            "base" => Task::Base,
            _ => Task::Encoder,
        };
        let folder = root()
            .join("test/fixtures/checkpoints")
            .join(case["checkpoint"].as_str().unwrap());
        let model = load_task(&folder, task, Dtype::F32, &Device::flex(), 1 << 20).unwrap();
        compared += check_steps(&answers, &model, task, name, steps);
    }
    assert!(compared >= 170, "only {compared} outputs were compared");
}

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
            if !is_ours(inputs)
                || !inputs["inputs_embeds"].is_null()
                || !inputs["decoder_inputs_embeds"].is_null()
            {
                continue;
            }
            compared += check_classification(&answers, &model, task, case);
        }
    }
    assert!(compared >= 20, "only {compared} outputs were compared");
}

struct Run {
    task: Task,
    encoded: Option<EncoderOutput>,
    cache: Option<Cache>,
}

fn check_steps(answers: &Answers, model: &Model, task: Task, name: &str, steps: &[Value]) -> usize {
    let mut run = Run {
        task,
        encoded: None,
        cache: None,
    };
    let mut compared = 0;
    for (i, step) in steps.iter().enumerate() {
        let at = format!("{name}[{i}]");
        let outputs = &step["outputs"];
        let result = forward(answers, model, &step["inputs"], &mut run);
        match (result, step["error"].is_null()) {
            (Err(error), false) => assert_eq!(error.code(), "InputError", "{at}: {error}"),
            (Err(error), true) => panic!("{at}: {error}"),
            (Ok(_), false) => panic!("{at}: the oracle refuses: {}", step["error"]["message"]),
            (Ok(got), true) => compared += compare(answers, &at, &step["inputs"], &got, outputs),
        }
    }
    compared
}

/// The outputs by their names in the oracle, each with the shape and values of its tensors.
type Outputs = Vec<(&'static str, Vec<(Vec<usize>, Vec<f32>)>)>;

fn forward(answers: &Answers, model: &Model, inputs: &Value, run: &mut Run) -> Result<Outputs> {
    let record = Record {
        hidden_states: inputs["output_hidden_states"] == true,
        attentions: inputs["output_attentions"] == true,
    };
    let attention_mask = mask(&inputs["attention_mask"]);
    let first = run.cache.is_none();
    if let Some((shape, states)) = answers.tensor(&inputs["encoder_outputs"]) {
        run.encoded = Some(model.encoded(
            states,
            [shape[0], shape[1], shape[2]],
            attention_mask.clone().map(|m| m.1),
        )?);
    } else if first {
        run.encoded = Some(model.encode(encoder_inputs(answers, inputs, record))?);
    }
    let encoded = run.encoded.as_ref().unwrap();
    let mut outputs: Outputs = vec![(
        "encoder_last_hidden_state",
        vec![read(encoded.last_hidden_state())],
    )];
    let recorded = encoded.recorded();
    if let Some(states) = &recorded.hidden_states {
        outputs.push((
            "encoder_hidden_states",
            states.iter().cloned().map(read).collect(),
        ));
    }
    if let Some(weights) = &recorded.attentions {
        outputs.push((
            "encoder_attentions",
            weights.iter().cloned().map(read).collect(),
        ));
    }
    let config = &model.config().decoder;
    let labels = numbers(&inputs["labels"]);
    let ids = match (numbers(&inputs["decoder_input_ids"]), &labels) {
        (None, Some((shape, labels)))
            if inputs["decoder_inputs_embeds"].is_null() && run.task == Task::Generation =>
        {
            let (start, pad) = (config.bos_token.unwrap(), config.pad_token.unwrap());
            Some((shape.clone(), shift_right(labels, shape[1], start, pad)))
        }
        (ids, _) => ids,
    };
    let embeds = answers.tensor(&inputs["decoder_inputs_embeds"]);
    let length = ids
        .as_ref()
        .map(|ids| ids.0[1])
        .or(embeds.as_ref().map(|e| e.0[1]))
        .unwrap_or(0);
    let given = DecoderInputs {
        length,
        input_ids: ids.map(|ids| ids.1).unwrap_or_default(),
        inputs_embeds: embeds.map(|embeds| embeds.1),
        attention_mask: mask(&inputs["decoder_attention_mask"]).map(|m| m.1),
        position_ids: numbers(&inputs["decoder_position_ids"]).map(|p| p.1),
        keep: kept(&inputs["logits_to_keep"], length),
        record,
    };
    let cache = run.cache.get_or_insert_with(|| model.new_cache(encoded));
    let got = match model.decode(encoded, given, cache) {
        // An encoder alone has nothing to decode with.
        Err(error) if error.to_string().contains("only an encoder") => {
            return Ok(encoder_only(outputs));
        }
        got => got?,
    };
    outputs.push(("last_hidden_state", vec![read(got.last_hidden_state)]));
    if let Some(logits) = got.logits {
        let (shape, values) = read(logits);
        if let Some((_, labels)) = &labels {
            outputs.push((
                "loss",
                vec![(
                    vec![],
                    vec![loss::cross_entropy(&values, labels, shape[2])?],
                )],
            ));
        }
        outputs.push(("logits", vec![(shape, values)]));
    }
    let recorded = got.recorded;
    if let Some(states) = recorded.hidden_states {
        outputs.push((
            "decoder_hidden_states",
            states.into_iter().map(read).collect(),
        ));
    }
    if let Some(weights) = recorded.attentions {
        outputs.push((
            "decoder_attentions",
            weights.into_iter().map(read).collect(),
        ));
    }
    if let Some(weights) = recorded.cross_attentions {
        outputs.push(("cross_attentions", weights.into_iter().map(read).collect()));
    }
    Ok(outputs)
}

fn encoder_only(outputs: Outputs) -> Outputs {
    let renamed = |name| match name {
        "encoder_last_hidden_state" => "last_hidden_state",
        "encoder_hidden_states" => "hidden_states",
        _ => "attentions",
    };
    outputs
        .into_iter()
        .map(|(name, tensors)| (renamed(name), tensors))
        .collect()
}

fn encoder_inputs(answers: &Answers, inputs: &Value, record: Record) -> EncoderInputs {
    let ids = numbers(&inputs["input_ids"]);
    let embeds = answers.tensor(&inputs["inputs_embeds"]);
    let shape = ids
        .as_ref()
        .map(|ids| ids.0.clone())
        .or(embeds.as_ref().map(|e| e.0.clone()))
        .unwrap_or(vec![0, 0]);
    EncoderInputs {
        batch: shape[0],
        length: shape[1],
        input_ids: ids.map(|ids| ids.1).unwrap_or_default(),
        inputs_embeds: embeds.map(|embeds| embeds.1),
        attention_mask: mask(&inputs["attention_mask"]).map(|m| m.1),
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

fn kept(value: &Value, length: usize) -> Keep {
    match value {
        Value::Array(_) => Keep::At(numbers(value).unwrap().1),
        value => match value.as_i64() {
            None | Some(0) => Keep::All,
            // A Python slice from a positive index on.
            Some(count) if count < 0 => Keep::At((-count as i32..length as i32).collect()),
            Some(count) => Keep::Last(count as usize),
        },
    }
}

fn read<const D: usize>(tensor: burn::Tensor<D>) -> (Vec<usize>, Vec<f32>) {
    (
        tensor.dims().to_vec(),
        tensor.into_data().iter::<f32>().collect(),
    )
}

/// Compare what the oracle gave; padded encoder rows mean nothing.
fn compare(answers: &Answers, at: &str, inputs: &Value, got: &Outputs, wanted: &Value) -> usize {
    let mut compared = 0;
    for (name, wanted) in wanted.as_object().unwrap() {
        let Some((_, tensors)) = got.iter().find(|(ours, _)| ours == name) else {
            panic!("{at}: no {name}")
        };
        let wanted = answers.tensors(wanted);
        assert_eq!(tensors.len(), wanted.len(), "{at}: number of {name}");
        for ((shape, values), (wanted_shape, wanted)) in tensors.iter().zip(&wanted) {
            assert_eq!(shape, wanted_shape, "{at}: shape of {name}");
            let of_encoder = name.starts_with("encoder")
                || inputs["decoder_input_ids"].is_null()
                    && inputs["decoder_inputs_embeds"].is_null()
                    && name != "logits"
                    && name != "loss";
            let valid = mask(&inputs["attention_mask"]).filter(|_| of_encoder);
            let (width, valid) = row_mask(shape, valid);
            if wanted.iter().all(|x| x.is_nan()) {
                assert!(values.iter().all(|x| x.is_nan()), "{at}: {name} is not NaN");
            } else {
                let worst = difference(values, wanted, width, valid.as_deref());
                assert!(worst <= TOLERANCE, "{at}: {name} differs by {worst}");
            }
            compared += 1;
        }
    }
    compared
}

/// Width of a row and which rows count: [batch, length, width] or [batch, heads, length, keys].
fn row_mask(shape: &[usize], mask: Option<(Vec<usize>, Vec<i32>)>) -> (usize, Option<Vec<i32>>) {
    let width = shape.last().copied().unwrap_or(1);
    let Some((mask_shape, mask)) = mask else {
        return (width, None);
    };
    let heads = if shape.len() == 4 { shape[1] } else { 1 };
    let rows = mask
        .chunks(mask_shape[1])
        .flat_map(|row| std::iter::repeat_n(row, heads).flatten().copied());
    (width, Some(rows.collect()))
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
            mask(&inputs["attention_mask"]).map(|m| m.1),
        ),
        None => model.encode(encoder_inputs(answers, inputs, Record::default())),
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
        attention_mask: mask(&inputs["decoder_attention_mask"]).map(|m| m.1),
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
    let floats = answers.tensor(&inputs["labels"]).map_or_else(
        || support::answers::floats(&inputs["labels"]),
        |labels| labels.1,
    );
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
