//! Encoder states, logits and greedy tokens against the oracle, for every checkpoint in `test/fixtures/checkpoints`.

mod support;

use burn::tensor::{Device, Tensor};
use std::rc::Rc;
use support::{Case, Fixture, checkpoints, difference, keep, load};
use t5gemma2::logits::LogitsOptions;
use t5gemma2::{DecoderInputs, Dtype, GenerateOptions, Generation, Model};

/// The largest difference to the oracle in f32, over the largest magnitude: about six times what its own two attention
/// implementations differ by.
const TOLERANCE: f32 = 1e-4;

#[test]
fn encoder_states_and_logits_equal_the_oracle() {
    for folder in checkpoints() {
        let fixture = Fixture::open(&folder);
        let model = load(&folder, Dtype::F32, &Device::flex(), 1 << 20).unwrap();
        for case in &fixture.expected.cases {
            let (states, logits) = forward(&model, &fixture, case);
            println!(
                "{} {}: states {states:.1e}, logits {logits:.1e}",
                fixture.name(),
                case.name
            );
            assert!(
                states <= TOLERANCE,
                "{} {}: encoder states differ by {states}",
                fixture.name(),
                case.name
            );
            assert!(
                logits <= TOLERANCE,
                "{} {}: logits differ by {logits}",
                fixture.name(),
                case.name
            );
        }
    }
}

#[test]
fn greedy_tokens_equal_the_oracle() {
    for folder in checkpoints() {
        let fixture = Fixture::open(&folder);
        let model = load(&folder, Dtype::F32, &Device::flex(), 4099).unwrap();
        for case in &fixture.expected.cases {
            for generated in &case.generate {
                let got = generate(&model, &fixture, case, &generated.options);
                assert_eq!(got, generated.sequences, "{} {}", fixture.name(), case.name);
            }
        }
    }
}

/// A bf16 file kept as bf16 gives what the same file widened to f32 gives.
#[test]
fn bf16_in_memory_equals_f32_of_the_same_file() {
    let folder = checkpoints()
        .into_iter()
        .find(|folder| folder.ends_with("bf16"))
        .unwrap();
    let fixture = Fixture::open(&folder);
    let model = load(&folder, Dtype::Bf16, &Device::flex(), 1).unwrap();
    for case in &fixture.expected.cases {
        let (states, logits) = forward(&model, &fixture, case);
        assert!(
            states <= TOLERANCE && logits <= TOLERANCE,
            "{}: {states} {logits}",
            case.name
        );
    }
}

fn forward(model: &Model, fixture: &Fixture, case: &Case) -> (f32, f32) {
    let inputs = fixture.encoder_inputs(case);
    let mask = inputs.attention_mask.clone();
    let encoded = model.encode(inputs).unwrap();
    let (shape, wanted) = fixture
        .tensor(&case.name, "encoder_last_hidden_state")
        .unwrap();
    let got = encoded.last_hidden_state();
    assert_eq!(got.dims().to_vec(), shape);
    let states = difference(&values(got), &wanted, shape[2], mask.as_deref());
    let given = &case.inputs;
    let inputs = DecoderInputs {
        length: given.decoder_input_ids[0].len(),
        input_ids: given.decoder_input_ids.concat(),
        attention_mask: given
            .decoder_attention_mask
            .as_ref()
            .map(|rows| rows.concat()),
        position_ids: given
            .decoder_position_ids
            .as_ref()
            .map(|rows| rows.concat()),
        keep: keep(given.logits_to_keep),
        ..Default::default()
    };
    let mut cache = model.new_cache(&encoded);
    let got = model
        .decode(&encoded, inputs, &mut cache)
        .unwrap()
        .logits
        .unwrap();
    let (shape, wanted) = fixture.tensor(&case.name, "logits").unwrap();
    assert_eq!(got.dims().to_vec(), shape);
    let logits = difference(&values(got), &wanted, shape[2], None);
    (states, logits)
}

fn values(tensor: Tensor<3>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

fn generate(
    model: &Model,
    fixture: &Fixture,
    case: &Case,
    options: &support::Options,
) -> support::Rows {
    let generation_config = std::fs::read_to_string(fixture.folder.join("generation_config.json"))
        .unwrap_or("{}".into());
    let defaults: serde_json::Value = serde_json::from_str(&generation_config).unwrap();
    let batch = case.inputs.input_ids.len();
    let ids = |name: &str| match &defaults[name] {
        serde_json::Value::Array(ids) => ids.iter().map(|id| id.as_i64().unwrap() as i32).collect(),
        value => value.as_i64().map(|id| vec![id as i32]).unwrap_or_default(),
    };
    let eos_token_ids: Vec<i32> = ids("eos_token_id");
    let start = ids("decoder_start_token_id")
        .first()
        .or(ids("bos_token_id").first())
        .copied()
        .unwrap();
    let mut prompt = options
        .decoder_input_ids
        .clone()
        .unwrap_or(vec![vec![start]; batch]);
    // As the oracle: the start token goes before a prompt of which no row begins with it.
    if prompt.iter().all(|row| row[0] != start) {
        prompt.iter_mut().for_each(|row| row.insert(0, start));
    }
    let options = GenerateOptions {
        prompt_length: prompt[0].len(),
        decoder_input_ids: Some(prompt.concat()),
        decoder_attention_mask: options
            .decoder_attention_mask
            .as_ref()
            .map(|rows| rows.concat()),
        max_new_tokens: options.max_new_tokens.unwrap_or(20),
        logits: LogitsOptions {
            min_new_tokens: options.min_new_tokens,
            ..Default::default()
        },
        pad_token_id: ids("pad_token_id").first().copied(),
        eos_token_ids,
        ..Default::default()
    };
    let encoded = Rc::new(model.encode(fixture.encoder_inputs(case)).unwrap());
    let mut generation = Generation::new(model, encoded, options).unwrap();
    let mut rows = prompt;
    while !generation.is_done() {
        let step = pollster::block_on(generation.step(model)).unwrap();
        rows.iter_mut()
            .zip(step.tokens)
            .for_each(|(row, token)| row.push(token));
    }
    rows
}
