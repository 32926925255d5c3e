//! Whatever is wrong with a checkpoint or a call is named, and nothing panics.

mod support;

use burn::tensor::Device;
use std::path::PathBuf;
use std::rc::Rc;
use support::{checkpoints, load, load_part};
use t5gemma2::{
    Config, DecoderInputs, Dtype, EncoderInputs, Error, GenerateOptions, Generation, Loader, Model,
    Part, PixelValues, Task,
};

fn folder(name: &str) -> PathBuf {
    checkpoints()
        .into_iter()
        .find(|folder| folder.ends_with(name))
        .unwrap()
}

fn config_text(name: &str) -> String {
    std::fs::read_to_string(folder(name).join("config.json")).unwrap()
}

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

fn assert_error<T>(result: Result<T, Error>, code: &str, parts: &[&str]) {
    let error = result
        .err()
        .unwrap_or_else(|| panic!("no error, but {code} with {parts:?} was expected"));
    let message = error.to_string();
    assert_eq!(error.code(), code, "{message}");
    for part in parts {
        assert!(message.contains(part), "\"{part}\" is not in: {message}");
    }
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
fn an_input_error_names_the_place() {
    let model = load(&folder("pictures"), Dtype::F32, &Device::flex(), 1 << 16).unwrap();
    let (size, image) = (
        model.config().vision.picture_values(),
        model.config().image_token,
    );
    let sound = EncoderInputs {
        batch: 2,
        length: 3,
        input_ids: vec![2, 5, 6, 2, 7, 8],
        ..Default::default()
    };
    let pixels = |count, values| {
        Some(PixelValues {
            count,
            data: vec![0.0; values],
        })
    };
    let cases = [
        (
            EncoderInputs {
                batch: 0,
                ..sound.clone()
            },
            "inputIds",
        ),
        (
            EncoderInputs {
                length: 4,
                ..sound.clone()
            },
            "inputIds",
        ),
        (
            EncoderInputs {
                input_ids: vec![2, 5, 6, 2, 208, 8],
                ..sound.clone()
            },
            "inputIds[1][1]",
        ),
        (
            EncoderInputs {
                input_ids: vec![2, 5, -1, 2, 20, 8],
                ..sound.clone()
            },
            "inputIds[0][2]",
        ),
        (
            EncoderInputs {
                attention_mask: Some(vec![1; 5]),
                ..sound.clone()
            },
            "attentionMask",
        ),
        (
            EncoderInputs {
                attention_mask: Some(vec![1, 1, 1, 1, 2, 1]),
                ..sound.clone()
            },
            "attentionMask[1][1]",
        ),
        (
            EncoderInputs {
                position_ids: Some(vec![0; 4]),
                ..sound.clone()
            },
            "positionIds",
        ),
        (
            EncoderInputs {
                pixel_values: pixels(1, size - 1),
                ..sound.clone()
            },
            "pixelValues",
        ),
        (
            EncoderInputs {
                pixel_values: pixels(0, 0),
                ..sound.clone()
            },
            "pixelValues",
        ),
        (
            EncoderInputs {
                pixel_values: pixels(1, size),
                ..sound.clone()
            },
            "pixelValues",
        ),
        (
            EncoderInputs {
                pixel_values: pixels(1, size),
                input_ids: vec![image; 6],
                ..sound.clone()
            },
            "pixelValues",
        ),
    ];
    for (inputs, argument) in cases {
        let error = model
            .encode(inputs)
            .err()
            .unwrap_or_else(|| panic!("{argument}"));
        assert!(
            matches!(&error, Error::Input { argument: named, .. } if named == argument),
            "{argument}: {error}"
        );
    }
    let encoded = Rc::new(model.encode(sound).unwrap());
    let mut cache = model.new_cache(&encoded);
    let sound = DecoderInputs {
        length: 2,
        input_ids: vec![2, 3, 2, 4],
        ..Default::default()
    };
    let cases = [
        (
            DecoderInputs {
                length: 3,
                ..sound.clone()
            },
            "decoderInputIds",
        ),
        (
            DecoderInputs {
                input_ids: vec![2, 3, 2, 999],
                ..sound.clone()
            },
            "decoderInputIds[1][1]",
        ),
        (
            DecoderInputs {
                attention_mask: Some(vec![1; 3]),
                ..sound.clone()
            },
            "decoderAttentionMask",
        ),
        (
            DecoderInputs {
                position_ids: Some(vec![1; 3]),
                ..sound.clone()
            },
            "decoderPositionIds",
        ),
    ];
    for (inputs, argument) in cases {
        assert_error(
            model.decode(&encoded, inputs, &mut cache),
            "InputError",
            &[argument],
        );
        assert_eq!(cache.seen(), 0, "a refused call must leave the cache alone");
    }
    model.decode(&encoded, sound, &mut cache).unwrap();
    assert_eq!(cache.seen(), 2);
    let sound = GenerateOptions {
        decoder_input_ids: None,
        prompt_length: 1,
        decoder_attention_mask: None,
        max_new_tokens: 3,
        eos_token_ids: vec![1],
        pad_token_id: Some(0),
        ..Default::default()
    };
    let cases = [
        (
            GenerateOptions {
                max_new_tokens: 0,
                ..sound.clone()
            },
            "maxNewTokens",
        ),
        (
            GenerateOptions {
                eos_token_ids: vec![1, 208],
                ..sound.clone()
            },
            "eosTokenId",
        ),
        (
            GenerateOptions {
                pad_token_id: Some(-1),
                ..sound.clone()
            },
            "padTokenId",
        ),
        (
            GenerateOptions {
                decoder_input_ids: Some(vec![2, 3, 4]),
                ..sound.clone()
            },
            "decoderInputIds",
        ),
        (
            GenerateOptions {
                decoder_input_ids: Some(vec![2, 300]),
                ..sound.clone()
            },
            "decoderInputIds[1][0]",
        ),
    ];
    for (options, argument) in cases {
        assert_error(
            Generation::new(&model, encoded.clone(), options),
            "InputError",
            &[argument],
        );
    }
    let mut generation = Generation::new(&model, encoded, sound).unwrap();
    while !generation.is_done() {
        pollster::block_on(generation.step(&model)).unwrap();
    }
    assert_error(
        pollster::block_on(generation.step(&model)),
        "InputError",
        &["done"],
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
