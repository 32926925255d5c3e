//! Whatever is wrong with a call is named, and nothing panics.

mod support;

use support::refusals::{assert_error, encoder_inputs, model};
use t5gemma2::{DecoderInputs, EncoderInputs, Error, PairMask, PairMasks, PixelValues};

/// A mask of pairs that hides nothing.
fn seen(shape: [usize; 4]) -> PairMask {
    PairMask {
        shape,
        added: vec![0.0; shape.iter().product()],
    }
}

#[test]
fn an_encoder_input_error_names_the_place() {
    let model = model();
    let (size, image) = (
        model.config().vision.picture_values(),
        model.config().image_token,
    );
    let sound = encoder_inputs();
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
                pair_masks: Some(PairMasks::Every(seen([2, 1, 3, 2]))),
                ..sound.clone()
            },
            "attentionMask",
        ),
        (
            EncoderInputs {
                pixel_values: pixels(1, size),
                input_ids: Vec::new(),
                inputs_embeds: Some(vec![0.0; 6 * model.config().encoder.hidden_size]),
                image_places: vec![0, 1, 2, 6],
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
}

#[test]
fn a_decoder_input_error_names_the_place_and_leaves_the_cache_alone() {
    let model = model();
    let encoded = model.encode(encoder_inputs()).unwrap();
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
                pair_masks: Some(PairMasks::Every(seen([2, 1, 2, 3]))),
                ..sound.clone()
            },
            "decoderAttentionMask: has 12 values",
        ),
        (
            DecoderInputs {
                pair_masks: Some(PairMasks::ByType {
                    full: Some(seen([1, 1, 2, 2])),
                    sliding: None,
                }),
                ..sound.clone()
            },
            "decoderAttentionMask: has no slidingAttention",
        ),
        (
            DecoderInputs {
                encoder_pairs: Some(PairMasks::Every(seen([3, 1, 2, 3]))),
                ..sound.clone()
            },
            "attentionMask: has 18 values",
        ),
        (
            DecoderInputs {
                encoder_pairs: Some(PairMasks::Every(PairMask {
                    shape: [1, 1, 2, 3],
                    added: vec![f32::NAN; 6],
                })),
                ..sound.clone()
            },
            "attentionMask: must not hold NaN",
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
}
