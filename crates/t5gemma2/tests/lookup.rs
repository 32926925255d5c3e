//! Guessing tokens ahead changes nothing of an answer, whatever chooses it and however many guesses fail.

mod support;

use proptest::prelude::*;
use std::rc::Rc;
use support::{model, same_cases};
use t5gemma2::logits::LogitsOptions;
use t5gemma2::{
    Dtype, EncoderInputs, EncoderOutput, GenerateOptions, Generation, Guesses, Model, PromptLookup,
};

fn encode(model: &Model, ids: &[i32]) -> Rc<EncoderOutput> {
    let inputs = EncoderInputs {
        batch: 1,
        length: ids.len(),
        input_ids: ids.to_vec(),
        ..Default::default()
    };
    Rc::new(model.encode(inputs).unwrap())
}

/// The tokens, how the guesses did, and how many tokens the cache holds in the end.
fn answer(
    model: &Model,
    encoded: &Rc<EncoderOutput>,
    options: GenerateOptions,
) -> (Vec<i32>, Option<Guesses>, usize) {
    let mut generation = Generation::new(model, encoded.clone(), options).unwrap();
    let mut tokens = Vec::new();
    while !generation.is_done() {
        let step = pollster::block_on(generation.step(model)).unwrap();
        tokens.extend(step.tokens);
        let kept = generation.cache().unwrap().seen();
        assert_eq!(
            kept,
            tokens.len(),
            "all but the newest, and the start token"
        );
    }
    let kept = generation.cache().unwrap().seen();
    (tokens, generation.guesses(), kept)
}

/// Windows of 8 and 16 tokens wrap several times; the device chooses, then the host, then a draw.
#[test]
fn an_answer_is_that_of_plain_decoding() {
    let models = [model("long", Dtype::F32), model("grouped", Dtype::F32)];
    let strategy = (
        0..2usize,
        prop::collection::vec(3..200i32, 3..20),
        1..6usize,
        1..4usize,
        0..4u8,
        any::<u32>(),
    );
    let total = std::cell::Cell::new(Guesses::default());
    same_cases(48)
        .run(&strategy, |(which, mut ids, tokens, ngram, way, seed)| {
            let model = &models[which];
            let vocab = model.config().decoder.vocab_size as i32;
            ids.iter_mut().for_each(|id| *id %= vocab);
            let encoded = encode(model, &ids);
            let plain = GenerateOptions {
                max_new_tokens: 40,
                eos_token_ids: vec![ids[0]],
                do_sample: way == 1,
                seed: seed.into(),
                logits: LogitsOptions {
                    min_new_tokens: (way == 2).then_some(25),
                    repetition_penalty: (way == 3).then_some(1.3),
                    temperature: (way == 1).then_some(0.05),
                    ..Default::default()
                },
                ..Default::default()
            };
            let ahead = GenerateOptions {
                lookup: Some(PromptLookup { tokens, ngram }),
                ..plain.clone()
            };
            let (wanted, none, seen) = answer(model, &encoded, plain);
            let (got, guesses, kept) = answer(model, &encoded, ahead);
            prop_assert_eq!(got, wanted);
            prop_assert_eq!(kept, seen);
            prop_assert!(none.is_none());
            let (sum, own) = (total.get(), guesses.unwrap());
            total.set(Guesses {
                proposed: sum.proposed + own.proposed,
                accepted: sum.accepted + own.accepted,
                next: None,
            });
            Ok(())
        })
        .unwrap();
    let Guesses {
        proposed, accepted, ..
    } = total.get();
    assert!(
        accepted > 20 && proposed > accepted + 100,
        "{accepted} of {proposed} guesses were right: both have to occur"
    );
}

#[test]
fn what_cannot_be_guessed_for_is_refused() {
    let model = model("grouped", Dtype::F32);
    let encoded = encode(&model, &[2, 9, 8]);
    let lookup = |tokens, ngram| GenerateOptions {
        max_new_tokens: 4,
        lookup: Some(PromptLookup { tokens, ngram }),
        ..Default::default()
    };
    let several = GenerateOptions {
        num_return_sequences: 2,
        do_sample: true,
        ..lookup(2, 2)
    };
    let beams = GenerateOptions {
        num_beams: 2,
        ..lookup(2, 2)
    };
    let recomputed = GenerateOptions {
        recompute: true,
        ..lookup(2, 2)
    };
    for options in [lookup(0, 2), lookup(2, 0), several, beams, recomputed] {
        let refused = Generation::new(&model, encoded.clone(), options).err();
        assert_eq!(refused.unwrap().code(), "InputError");
    }
    let two = EncoderInputs {
        batch: 2,
        length: 1,
        input_ids: vec![5, 6],
        ..Default::default()
    };
    let two = Rc::new(model.encode(two).unwrap());
    assert!(Generation::new(&model, two, lookup(2, 2)).is_err());
}
