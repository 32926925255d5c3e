//! Every input and output of `forward` against the oracle: `test/fixtures/outputs`.

mod support;

use burn::tensor::Device;
use serde_json::Value;
use support::answers::{Answers, mask, numbers};
use support::asked::{encoder_inputs, keep, pairs, read, token_mask};
use support::{difference, load_task, root};
use t5gemma2::loss::Target;
use t5gemma2::{
    Cache, DecoderInputs, Dtype, EncoderOutput, Model, Record, Result, Task, shift_right,
};

/// As in parity.rs.
const TOLERANCE: f32 = 1e-4;

#[test]
fn forward_gives_every_output_of_the_oracle() {
    let answers = Answers::open(&root().join("test/fixtures/outputs"), "forward");
    let mut compared = 0;
    for case in answers.cases() {
        let name = case["name"].as_str().unwrap();
        let steps = case["steps"].as_array().unwrap();
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
    assert!(compared >= 195, "only {compared} outputs were compared");
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
    let first = run.cache.is_none();
    if let Some((shape, states)) = answers.tensor(&inputs["encoder_outputs"]) {
        run.encoded = Some(model.encoded(
            states,
            [shape[0], shape[1], shape[2]],
            token_mask(&inputs["attention_mask"]),
        )?);
    } else if first {
        run.encoded = Some(model.encode(encoder_inputs(answers, model, inputs, record))?);
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
        attention_mask: token_mask(&inputs["decoder_attention_mask"]),
        position_ids: numbers(&inputs["decoder_position_ids"]).map(|p| p.1),
        pair_masks: pairs(&inputs["decoder_attention_mask"]),
        encoder_pairs: pairs(&inputs["attention_mask"]),
        keep: keep(&inputs["logits_to_keep"], length),
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
        let (mut shape, values) = read(logits);
        if let Some((_, labels)) = &labels {
            let target = Target::Classes {
                labels: labels.clone(),
                items: inputs["num_items_in_batch"].as_f64().map(|x| x as f32),
            };
            let loss = target.loss(&values, shape[2])?;
            outputs.push(("loss", vec![(vec![], vec![loss])]));
        }
        if inputs["logits_to_keep"][0][0].is_boolean() {
            // Marked tokens lose their rows: ours are one.
            assert_eq!(shape.remove(0), 1);
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
            let valid =
                mask(&inputs["attention_mask"]).filter(|mask| of_encoder && mask.0.len() == 2);
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
