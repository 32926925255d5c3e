//! Whatever is wrong with a checkpoint is named, and nothing panics.

mod support;

use burn::tensor::Device;
use support::refusals::{assert_error, config_text};
use support::{folder, load_part};
use t5gemma2::{Config, Dtype, EncoderInputs, Error, Loader, Model, Part, PixelValues, Task};

fn file(name: &str) -> Vec<u8> {
    std::fs::read(folder(name).join("model.safetensors")).unwrap()
}

/// The file with its header changed by `edit` and the data after it.
fn edited(bytes: &[u8], edit: impl Fn(String) -> String) -> Vec<u8> {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header = edit(String::from_utf8(bytes[8..8 + length].to_vec()).unwrap());
    [
        &(header.len() as u64).to_le_bytes()[..],
        header.as_bytes(),
        &bytes[8 + length..],
    ]
    .concat()
}

fn plan_of(config: &Config, bytes: &[u8]) -> Result<Loader, Error> {
    let mut loader = Loader::new(
        config,
        Part::Text(Task::Generation),
        Dtype::F32,
        &Device::flex(),
    );
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    loader.add_file(
        "model.safetensors",
        &bytes[..8 + length],
        bytes.len() as u64,
    )?;
    loader.plan()?;
    Ok(loader)
}

#[test]
fn a_plan_lists_every_tensor_that_does_not_fit() {
    let config = Config::from_json(&config_text("grouped")).unwrap();
    let bytes = edited(&file("grouped"), |header| {
        header
            .replace(
                "decoder.layers.0.mlp.up_proj.weight",
                "decoder.layers.0.mlp.sideways_proj.weight",
            )
            .replace("encoder.norm.weight", "encoder.abnormal.weight")
    });
    let wanted = [
        "surplus model.decoder.layers.0.mlp.sideways_proj.weight",
        "missing decoder.layers.0.mlp.up_proj.weight",
        "surplus model.encoder.abnormal.weight",
        "missing encoder.norm.weight",
    ];
    assert_error(plan_of(&config, &bytes), "LoadError", &wanted);
    let mut wider: serde_json::Value = serde_json::from_str(&config_text("grouped")).unwrap();
    wider["decoder"]["intermediate_size"] = 50.into();
    let wider = Config::from_json(&wider.to_string()).unwrap();
    let wanted = [
        "decoder.layers.0.mlp.down_proj.weight has shape [32, 48] instead of [32, 50]",
        "decoder.layers.6.mlp.up_proj",
    ];
    assert_error(plan_of(&wider, &file("grouped")), "LoadError", &wanted);
}

#[test]
fn buffers_and_other_heads_are_a_warning() {
    let config = Config::from_json(&config_text("pictures-odd")).unwrap();
    let bytes = file("pictures-odd");
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let mut loader = Loader::new(
        &config,
        Part::Text(Task::Generation),
        Dtype::F32,
        &Device::flex(),
    );
    loader
        .add_file(
            "model.safetensors",
            &bytes[..8 + length],
            bytes.len() as u64,
        )
        .unwrap();
    let warnings = loader.plan().unwrap().warnings;
    assert!(
        !warnings.is_empty()
            && warnings
                .iter()
                .all(|warning| warning.contains("vision_tower")),
        "{warnings:?}"
    );
}

#[test]
fn a_stream_that_ends_early_or_jumps_is_an_error() {
    let config = Config::from_json(&config_text("grouped")).unwrap();
    let bytes = file("grouped");
    let mut loader = plan_of(&config, &bytes).unwrap();
    let range = loader.plan().unwrap().ranges[0];
    let half = (range.begin + range.end) as usize / 2;
    loader
        .push(0, range.begin, &bytes[range.begin as usize..half])
        .unwrap();
    assert_error(
        loader.push(0, half as u64 + 4, &[0; 4]),
        "LoadError",
        &["model.safetensors", "not expected"],
    );
    assert_error(
        loader.push(0, range.begin, &[0; 4]),
        "LoadError",
        &["not expected"],
    );
    assert_error(loader.push(1, 0, &[0; 4]), "LoadError", &["never added"]);
    assert_error(
        Model::new(config.clone(), loader, &Device::flex()),
        "LoadError",
        &["ended early", "bytes"],
    );
    let loader = Loader::new(
        &config,
        Part::Text(Task::Generation),
        Dtype::F32,
        &Device::flex(),
    );
    assert_error(
        Model::new(config.clone(), loader, &Device::flex()),
        "LoadError",
        &["plan()"],
    );
    let vision = load_part(
        &folder("grouped"),
        &config,
        Part::Vision,
        Dtype::F32,
        &Device::flex(),
        64,
    )
    .unwrap();
    assert_error(
        Model::new(config, vision, &Device::flex()),
        "LoadError",
        &["Vision part"],
    );
}

#[test]
fn a_config_error_names_the_field() {
    let cases = [
        ("/model_type", "\"t5\"", "model_type"),
        ("/is_encoder_decoder", "false", "is_encoder_decoder"),
        ("/decoder/hidden_size", "64", "decoder.hidden_size"),
        ("/decoder/vocab_size", "100", "decoder.vocab_size"),
        ("/decoder/num_hidden_layers", "6", "decoder.layer_types"),
        ("/decoder/num_attention_heads", "3", "decoder.hidden_size"),
        (
            "/decoder/num_key_value_heads",
            "3",
            "decoder.num_key_value_heads",
        ),
        ("/decoder/head_dim", "7", "decoder.head_dim"),
        ("/decoder/head_dim", "-8", "decoder.head_dim"),
        ("/decoder/head_dim", "\"8\"", "decoder.head_dim"),
        (
            "/decoder/layer_types/1",
            "\"linear_attention\"",
            "decoder.layer_types[1]",
        ),
        ("/decoder/sliding_window", "null", "decoder.sliding_window"),
        (
            "/decoder/hidden_activation",
            "\"swish\"",
            "decoder.hidden_activation",
        ),
        ("/decoder/rms_norm_eps", "0", "decoder.rms_norm_eps"),
        (
            "/decoder/rope_parameters/full_attention/rope_type",
            "\"dynamic\"",
            "decoder.rope_parameters.full_attention.rope_type",
        ),
        (
            "/decoder/rope_parameters/sliding_attention/rope_type",
            "\"linear\"",
            "decoder.rope_parameters.sliding_attention.factor",
        ),
        (
            "/encoder/text_config/vocab_size",
            "1e99",
            "encoder.text_config.vocab_size",
        ),
        (
            "/encoder/vision_config/num_attention_heads",
            "5",
            "encoder.vision_config.hidden_size",
        ),
        (
            "/encoder/vision_config/patch_size",
            "500",
            "encoder.vision_config.patch_size",
        ),
        (
            "/encoder/vision_config/image_size",
            "[28, 14]",
            "encoder.vision_config.image_size",
        ),
        ("/encoder", "[]", "encoder"),
    ];
    let sound: serde_json::Value = serde_json::from_str(&config_text("grouped")).unwrap();
    for (pointer, value, field) in cases {
        let mut config = sound.clone();
        *config
            .pointer_mut(pointer)
            .unwrap_or_else(|| panic!("{pointer}")) = serde_json::from_str(value).unwrap();
        let error = Config::from_json(&config.to_string()).expect_err(pointer);
        assert!(
            matches!(&error, Error::Config { field: named, .. } if named == field),
            "{pointer} {value}: {error}"
        );
    }
    for text in ["", "[]", "{\"encoder\":", "null"] {
        assert_error(Config::from_json(text), "ConfigError", &["config.json"]);
    }
}

#[test]
fn patches_that_do_not_make_the_tokens_are_refused_with_the_vision_tower() {
    let mut config: serde_json::Value = serde_json::from_str(&config_text("pictures")).unwrap();
    config["encoder"]["mm_tokens_per_image"] = 5.into();
    let config = Config::from_json(&config.to_string()).unwrap();
    let text = Part::Text(Task::Generation);
    let load = |part| {
        load_part(
            &folder("pictures"),
            &config,
            part,
            Dtype::F32,
            &Device::flex(),
            1 << 16,
        )
    };
    assert!(load(text).is_ok());
    assert_error(
        load(Part::Vision),
        "ConfigError",
        &["encoder.mm_tokens_per_image: "],
    );
}

#[test]
fn pictures_before_their_weights_are_refused() {
    let config = Config::from_json(&config_text("pictures")).unwrap();
    let text = load_part(
        &folder("pictures"),
        &config,
        Part::Text(Task::Generation),
        Dtype::F32,
        &Device::flex(),
        1 << 16,
    )
    .unwrap();
    let model = Model::new(config.clone(), text, &Device::flex()).unwrap();
    assert!(!model.has_vision());
    let count = config.mm_tokens_per_image;
    let pixels = PixelValues {
        count: 1,
        data: vec![0.0; config.vision.picture_values()],
    };
    let inputs = EncoderInputs {
        batch: 1,
        length: count,
        input_ids: vec![config.image_token; count],
        pixel_values: Some(pixels),
        ..Default::default()
    };
    assert_error(
        model.encode(inputs),
        "InputError",
        &["pixelValues", "vision weights"],
    );
}
