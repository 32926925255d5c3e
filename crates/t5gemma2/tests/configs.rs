//! Configurations are read as the oracle reads them, in every spelling, and its rope types turn heads as there.

mod support;

use burn::tensor::Device;
use serde_json::{Value, json};
use support::{checkpoints, difference, keep, load_part, root};
use t5gemma2::config::LayerType;
use t5gemma2::{Config, DecoderInputs, Dtype, EncoderInputs, Error, Model, Part, Task};

/// Of the largest logit, as everywhere.
const TOLERANCE: f32 = 1e-4;

fn read_json(name: &str) -> Value {
    let path = root().join("test/fixtures").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A part's configuration as that of a whole.
fn whole(class: &str, part: &Value) -> String {
    match class {
        "T5Gemma2TextConfig" | "T5Gemma2DecoderConfig" => {
            let mut text = part.clone();
            text.as_object_mut().unwrap().remove("model_type");
            json!({ "encoder": { "text_config": text }, "decoder": text })
        }
        "T5Gemma2EncoderConfig" => json!({ "encoder": part, "decoder": part["text_config"] }),
        _ => part.clone(),
    }
    .to_string()
}

#[test]
fn every_spelling_means_what_the_oracle_makes_of_it() {
    // What transformers takes, and no model runs with.
    let refused = [
        ("sliding-window-null", "sliding_window"),
        ("negative-hidden-size", "hidden_size"),
        ("vision-without-type", "vision_config.hidden_size"),
        ("kv-heads-do-not-divide", "num_key_value_heads"),
    ];
    for case in read_json("configs/spellings.json").as_array().unwrap() {
        let (name, class) = (
            case["name"].as_str().unwrap(),
            case["class"].as_str().unwrap(),
        );
        let given = Config::from_json(&whole(class, &case["given"]));
        match refused.iter().find(|(refused, _)| *refused == name) {
            Some((_, field)) => assert!(
                matches!(&given, Err(Error::Config { field: named, .. }) if named.ends_with(field)),
                "{name}: {given:?}"
            ),
            // Where all layers slide, the type of full ones is of no matter.
            _ => assert_eq!(
                given.unwrap_or_else(|error| panic!("{name}: {error}")),
                Config::from_json(&whole(class, &case["becomes"])).unwrap(),
                "{name}"
            ),
        }
    }
}

#[test]
fn what_the_oracle_refuses_is_refused() {
    for case in read_json("configs/refused.json").as_array().unwrap() {
        let (name, class) = (
            case["name"].as_str().unwrap(),
            case["class"].as_str().unwrap(),
        );
        // Of no matter to a computation, or a whole number where Python wants a decimal point.
        let taken = [
            "cache-number",
            "scalar-fraction",
            "softcap-whole",
            "eps-whole",
        ];
        if class == "GenerationConfig" {
            continue;
        }
        let read = Config::from_json(&whole(class, &case["given"]));
        assert_eq!(read.is_ok(), taken.contains(&name), "{name}: {read:?}");
        if let Err(error) = read {
            assert_eq!(error.code(), "ConfigError", "{name}");
        }
    }
}

#[test]
fn rope_types_turn_heads_as_in_the_oracle() {
    let folder = checkpoints()
        .into_iter()
        .find(|folder| folder.ends_with("grouped"))
        .unwrap();
    let text = std::fs::read_to_string(folder.join("config.json")).unwrap();
    for case in read_json("configs/ropes.json").as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let mut config: Value = serde_json::from_str(&text).unwrap();
        for part in ["/encoder/text_config", "/decoder"] {
            config.pointer_mut(part).unwrap()["rope_parameters"]["full_attention"] =
                case["rope"].clone();
        }
        let config = Config::from_json(&config.to_string()).unwrap();
        let rope = config.decoder.rope(LayerType::Full);
        let frequencies: Vec<f32> = serde_json::from_value(case["frequencies"].clone()).unwrap();
        for (ours, theirs) in rope
            .inverse_frequencies(config.decoder.head_dim)
            .iter()
            .zip(&frequencies)
        {
            assert!(
                (ours - theirs).abs() <= 2e-7 * theirs.abs(),
                "{name}: {ours} is not {theirs}"
            );
        }
        let factor = case["attention_factor"].as_f64().unwrap() as f32;
        assert!(
            (rope.attention_factor() - factor).abs() <= 1e-7 * factor,
            "{name}"
        );
        let part = Part::Text(Task::Generation);
        let weights = load_part(&folder, &config, part, Dtype::F32, &Device::flex(), 1 << 16);
        let model = Model::new(config, weights.unwrap(), &Device::flex()).unwrap();
        let ids = |key: &str| -> Vec<i32> { serde_json::from_value(case[key].clone()).unwrap() };
        let (input_ids, decoder_ids) = (ids("input_ids"), ids("decoder_input_ids"));
        let encoded = model
            .encode(EncoderInputs {
                batch: 1,
                length: input_ids.len(),
                input_ids,
                ..Default::default()
            })
            .unwrap();
        let inputs = DecoderInputs {
            length: decoder_ids.len(),
            input_ids: decoder_ids,
            keep: keep(1),
            ..Default::default()
        };
        let mut cache = model.new_cache(&encoded);
        let logits = model.decode(&encoded, inputs, &mut cache).unwrap().logits;
        let logits: Vec<f32> = logits.unwrap().into_data().iter::<f32>().collect();
        let wanted: Vec<f32> = serde_json::from_value(case["logits"].clone()).unwrap();
        let apart = difference(&logits, &wanted, wanted.len(), None);
        assert!(apart <= TOLERANCE, "{name}: logits differ by {apart}");
    }
}
