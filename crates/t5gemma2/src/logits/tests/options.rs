//! Wrong options are named and nothing panics.

use super::fixtures::context;
use crate::logits::{LogitsContext, LogitsOptions, LogitsPipeline};
use serde_json::json;

fn error(json: serde_json::Value, context: LogitsContext) -> String {
    let result = LogitsOptions::from_json(&json.to_string())
        .and_then(|options| LogitsPipeline::new(&options, context));
    let error = result
        .err()
        .unwrap_or_else(|| panic!("{json} was accepted"));
    assert_eq!(error.code(), "InputError", "{error}");
    error.to_string()
}

#[test]
fn wrong_options_are_named() {
    for (json, parts) in [
        (json!({ "top_q": 1 }), ["topQ", "unknown field"]),
        (json!({ "top_k": -1 }), ["topK", "-1"]),
        (json!({ "top_k": "many" }), ["topK", "many"]),
        (json!({ "temperature": 0.0 }), ["temperature", "doSample"]),
        (json!({ "temperature": -1.0 }), ["temperature", "above 0"]),
        (json!({ "top_p": 1.5 }), ["topP", "between 0 and 1"]),
        (json!({ "top_h": 0 }), ["topH", "at most 1"]),
        (json!({ "min_p": -0.1 }), ["minP", "between 0 and 1"]),
        (json!({ "typical_p": 0 }), ["typicalP", "above 0"]),
        (json!({ "epsilon_cutoff": 1 }), ["epsilonCutoff", "below 1"]),
        (json!({ "eta_cutoff": -1 }), ["etaCutoff", "at least 0"]),
        (
            json!({ "repetition_penalty": 0 }),
            ["repetitionPenalty", "above 0"],
        ),
        (
            json!({ "encoder_repetition_penalty": -2 }),
            ["encoderRepetitionPenalty", "above 0"],
        ),
        (
            json!({ "encoder_repetition_penalty": 2 }),
            ["encoderRepetitionPenalty", "embeddings"],
        ),
        (
            json!({ "encoder_no_repeat_ngram_size": 2 }),
            ["encoderNoRepeatNgramSize", "embeddings"],
        ),
        (
            json!({ "guidance_scale": 1.5 }),
            ["guidanceScale", "classifier-free"],
        ),
        (
            json!({ "sequence_bias": [] }),
            ["sequenceBias", "no sequence"],
        ),
        (
            json!({ "sequence_bias": [[[], 1.0]] }),
            ["sequenceBias[0]", "empty"],
        ),
        (
            json!({ "sequence_bias": [[[1], 1.0], [[2, 10], 1.0]] }),
            ["sequenceBias[1]", "vocabulary of 10"],
        ),
        (
            json!({ "sequence_bias": [[[1], "much"]] }),
            ["sequenceBias", "much"],
        ),
        (
            json!({ "bad_words_ids": [] }),
            ["badWordsIds", "no sequence"],
        ),
        (
            json!({ "bad_words_ids": [[1], [-1]] }),
            ["badWordsIds", "vocabulary"],
        ),
        (
            json!({ "forced_bos_token_id": 10 }),
            ["forcedBosTokenId", "vocabulary of 10"],
        ),
        (
            json!({ "forced_eos_token_id": [1, 11] }),
            ["forcedEosTokenId", "11"],
        ),
        (
            json!({ "forced_eos_token_id": [] }),
            ["forcedEosTokenId", "empty"],
        ),
        (
            json!({ "forced_eos_token_id": 3, "suppress_tokens": [3] }),
            ["forcedEosTokenId", "suppressTokens"],
        ),
        (
            json!({ "exponential_decay_length_penalty": [3, 1.1] }),
            ["exponentialDecayLengthPenalty", "eosTokenId"],
        ),
        (
            json!({ "exponential_decay_length_penalty": [3] }),
            ["exponentialDecayLengthPenalty", "length"],
        ),
        (
            json!({ "watermarking_config": { "greenlist_ratio": 1 } }),
            ["watermarkingConfig.greenlistRatio", "below 1"],
        ),
        (
            json!({ "watermarking_config": { "context_width": 0 } }),
            ["watermarkingConfig.contextWidth", "at least 1"],
        ),
        (
            json!({ "watermarking_config": { "seeding_scheme": "x" } }),
            ["watermarkingConfig", "lefthash"],
        ),
        (json!([]), ["options", "map"]),
    ] {
        let mut context = context(10);
        context.do_sample = true;
        let message = error(json.clone(), context);
        parts.iter().for_each(|part| {
            assert!(
                message.contains(part),
                "\"{part}\" is not in \"{message}\" for {json}"
            )
        });
    }
}

#[test]
fn a_wrong_context_is_an_error() {
    let with = |change: fn(&mut LogitsContext)| {
        let mut context = context(10);
        change(&mut context);
        error(json!({ "repetition_penalty": 2 }), context)
    };
    assert!(with(|context| context.eos_token_ids = vec![1, 10]).contains("eosTokenId: is 10"));
    assert!(
        with(|context| context.encoder_ids = Some(vec![vec![1]; 2]))
            .contains("encoderOutputs: has 2 rows")
    );
    assert!(
        with(|context| context.prompt_padding = Some(Vec::new()))
            .contains("decoderAttentionMask: has 0 rows")
    );
}

#[test]
fn options_of_sampling_do_not_matter_without_it() {
    let json = json!({ "temperature": 0, "top_k": 50, "top_p": 0.5, "min_p": 0, "typical_p": 1, "eta_cutoff": 0 });
    let options = LogitsOptions::from_json(&json.to_string()).unwrap();
    assert!(
        LogitsPipeline::new(&options, context(10))
            .unwrap()
            .is_empty()
    );
    assert_eq!(options.sampling_only(), ["temperature", "topP", "minP"]);
}

#[test]
fn wrong_shapes_are_refused() {
    let options = LogitsOptions {
        repetition_penalty: Some(2.0),
        ..Default::default()
    };
    let pipeline = LogitsPipeline::new(&options, context(4)).unwrap();
    for (rows, count) in [(1, 3), (1, 8), (2, 4), (2, 8), (0, 0)] {
        let error = pipeline
            .apply(&vec![vec![1]; rows], &mut vec![0.0; count])
            .unwrap_err();
        assert!(error.to_string().contains("1 rows of 4"), "{error}");
    }
}
