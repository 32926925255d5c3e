//! A second model that drafts changes nothing of an answer, however little it knows.

mod support;

use proptest::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;
use support::{model, same_cases};
use t5gemma2::logits::LogitsOptions;
use t5gemma2::{
    Assistance, Dtype, EncoderInputs, EncoderOutput, GenerateOptions, Generation, Guesses, Model,
};

type Shared = Rc<RefCell<Model>>;

fn shared(name: &str, dtype: Dtype) -> Shared {
    Rc::new(RefCell::new(model(name, dtype)))
}

fn encode(model: &Shared, ids: &[i32]) -> Rc<EncoderOutput> {
    let inputs = EncoderInputs {
        batch: 1,
        length: ids.len(),
        input_ids: ids.to_vec(),
        ..Default::default()
    };
    Rc::new(model.borrow().encode(inputs).unwrap())
}

/// The tokens, and how the guesses did.
fn answer(
    model: &Shared,
    encoded: &Rc<EncoderOutput>,
    options: GenerateOptions,
    assistant: Option<(&Shared, Rc<EncoderOutput>)>,
) -> (Vec<i32>, Option<Guesses>) {
    let model = model.borrow();
    let mut generation = Generation::new(&model, encoded.clone(), options).unwrap();
    if let Some((assistant, encoded)) = assistant {
        generation.assist(assistant.clone(), encoded).unwrap();
    }
    let mut tokens = Vec::new();
    while !generation.is_done() {
        tokens.extend(pollster::block_on(generation.step(&model)).unwrap().tokens);
        assert_eq!(generation.cache().unwrap().seen(), tokens.len());
    }
    (tokens, generation.guesses())
}

fn assistance(tokens: usize, heuristic: bool, confidence: f32) -> Option<Assistance> {
    Some(Assistance {
        tokens,
        heuristic,
        confidence,
    })
}

/// The model itself, its 8-bit copy and a stranger; windows of 8 tokens wrap several times.
#[test]
fn an_answer_is_that_of_plain_decoding() {
    let own = shared("grouped", Dtype::F32);
    let assistants = [
        own.clone(),
        shared("grouped", Dtype::Q8),
        shared("lopsided", Dtype::F32),
    ];
    let strategy = (
        prop::collection::vec(3..200i32, 3..20),
        (0..3usize, 1..7usize, any::<bool>(), 0..3u8),
        0..4u8,
        any::<u32>(),
    );
    let totals = RefCell::new([(0, 0); 3]);
    same_cases(36)
        .run(
            &strategy,
            |(ids, (which, tokens, heuristic, sure), way, seed)| {
                let encoded = encode(&own, &ids);
                let plain = GenerateOptions {
                    max_new_tokens: 40,
                    eos_token_ids: vec![ids[0]],
                    do_sample: way == 1,
                    seed: seed.into(),
                    logits: LogitsOptions {
                        min_new_tokens: (way == 2).then_some(25),
                        repetition_penalty: (way == 3).then_some(1.3),
                        temperature: (way == 1).then_some(0.3),
                        ..Default::default()
                    },
                    ..Default::default()
                };
                let assisted = GenerateOptions {
                    assistance: assistance(tokens, heuristic, 0.4 * f32::from(sure)),
                    ..plain.clone()
                };
                let assistant = &assistants[which];
                let read = match which {
                    0 => encoded.clone(),
                    _ => encode(assistant, &ids),
                };
                let (wanted, none) = answer(&own, &encoded, plain, None);
                let (got, guesses) = answer(&own, &encoded, assisted, Some((assistant, read)));
                prop_assert_eq!(got, wanted);
                prop_assert!(none.is_none());
                let guesses = guesses.unwrap();
                prop_assert!(heuristic || guesses.next == Some(tokens));
                let total = &mut totals.borrow_mut()[which];
                total.0 += guesses.proposed;
                total.1 += guesses.accepted;
                Ok(())
            },
        )
        .unwrap();
    let [itself, copy, stranger] = totals.into_inner();
    assert_eq!(
        itself.0, itself.1,
        "a model foresees itself, draws included"
    );
    assert!(itself.0 > 100);
    assert!(copy.1 > 50, "{copy:?}");
    assert!(stranger.0 > stranger.1 + 50, "{stranger:?}");
}

#[test]
fn drafts_grow_and_shrink_and_end_where_the_assistant_is_unsure() {
    let own = shared("grouped", Dtype::F32);
    let stranger = shared("lopsided", Dtype::F32);
    let ids = [2, 186, 172, 139, 36, 197, 172];
    let encoded = encode(&own, &ids);
    let guesses = |assistant: &Shared, assistance| {
        let options = GenerateOptions {
            max_new_tokens: 21,
            assistance,
            ..Default::default()
        };
        let read = encode(assistant, &ids);
        answer(&own, &encoded, options, Some((assistant, read)))
            .1
            .unwrap()
    };
    // 2 and one more, 4 and one more, 6 and one more, 5 and one more.
    let Guesses { proposed, next, .. } = guesses(&own, assistance(2, true, 0.0));
    assert_eq!((proposed, next), (17, Some(10)));
    let Guesses { proposed, next, .. } = guesses(&own, assistance(3, false, 0.0));
    assert_eq!((proposed, next), (15, Some(3)));
    let wrong = guesses(&stranger, assistance(9, true, 0.0));
    assert_eq!(wrong.next, Some(1), "{wrong:?}");
    let unsure = guesses(&own, assistance(9, false, 1.0));
    assert!(unsure.proposed < 12, "one at a time: {unsure:?}");
}

#[test]
fn what_cannot_assist_is_refused() {
    let own = shared("grouped", Dtype::F32);
    let other = shared("odd-sizes", Dtype::F32);
    let encoded = encode(&own, &[2, 9, 8]);
    let with = |assistance| GenerateOptions {
        max_new_tokens: 4,
        assistance,
        ..Default::default()
    };
    let begin = |options| Generation::new(&own.borrow(), encoded.clone(), options);
    let message = |error: t5gemma2::Error| error.to_string();
    for (options, wanted) in [
        (with(assistance(0, false, 0.0)), "numAssistantTokens"),
        (
            with(assistance(1, false, 1.5)),
            "assistantConfidenceThreshold",
        ),
        (
            with(assistance(1, false, f32::NAN)),
            "assistantConfidenceThreshold",
        ),
        (
            GenerateOptions {
                num_beams: 2,
                ..with(assistance(1, false, 0.0))
            },
            "assistantModel",
        ),
    ] {
        assert!(message(begin(options).err().unwrap()).contains(wanted));
    }
    let mut unasked = begin(with(None)).unwrap();
    assert!(unasked.assist(own.clone(), encoded.clone()).is_err());
    let mut generation = begin(with(assistance(1, false, 0.0))).unwrap();
    let early = pollster::block_on(generation.step(&own.borrow())).err();
    assert!(message(early.unwrap()).contains("has not come"));
    let foreign = generation.assist(other.clone(), encode(&other, &[2, 9]));
    assert!(message(foreign.err().unwrap()).contains("vocabulary of 209"));
    let two = EncoderInputs {
        batch: 2,
        length: 1,
        input_ids: vec![5, 6],
        ..Default::default()
    };
    let two = Rc::new(own.borrow().encode(two).unwrap());
    assert!(generation.assist(own.clone(), two.clone()).is_err());
    let rows = Generation::new(&own.borrow(), two, with(assistance(1, false, 0.0)));
    assert!(message(rows.err().unwrap()).contains("takes one row"));
}
