//! Whatever is wrong with the options of a generation is named, and nothing panics.

mod support;

use std::rc::Rc;
use support::refusals::{assert_error, encoder_inputs, model};
use t5gemma2::{GenerateOptions, Generation};

#[test]
fn an_option_error_names_the_option() {
    let model = model();
    let encoded = Rc::new(model.encode(encoder_inputs()).unwrap());
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
