//! Generations that go on from the cache of an earlier one, against the oracle.

mod support;

use burn::tensor::Device;
use std::rc::Rc;
use support::answers::{Answers, mask, numbers};
use support::{load, root};
use t5gemma2::{
    Cache, Dtype, EncoderInputs, EncoderOutput, GenerateOptions, Generation, Model, Past,
};

fn run(
    model: &Model,
    encoded: &Rc<EncoderOutput>,
    prompt: &[Vec<i32>],
    past: Option<(Cache, Past)>,
) -> (Vec<Vec<i32>>, Cache) {
    let options = GenerateOptions {
        decoder_input_ids: Some(prompt.concat()),
        prompt_length: prompt[0].len(),
        max_new_tokens: 6,
        ..Default::default()
    };
    let mut generation = Generation::new(model, encoded.clone(), options).unwrap();
    if let Some((cache, past)) = past {
        generation.resume(cache, past).unwrap();
    }
    let mut rows = prompt.to_vec();
    while !generation.is_done() {
        let step = pollster::block_on(generation.step(model)).unwrap();
        rows.iter_mut()
            .zip(step.tokens)
            .for_each(|(row, token)| row.push(token));
    }
    (rows, generation.cache().unwrap())
}

#[test]
fn a_resumed_generation_equals_a_whole_one() {
    let answers = Answers::open(&root().join("test/fixtures/outputs"), "generate");
    let case = answers
        .cases()
        .iter()
        .find(|case| case["name"] == "prompt-continued")
        .unwrap();
    let folder = root().join("test/fixtures/checkpoints/inputs");
    let model = load(&folder, Dtype::F32, &Device::flex(), 1 << 20).unwrap();
    let inputs = &case["inputs"];
    let (shape, input_ids) = numbers(&inputs["input_ids"]).unwrap();
    let encoded = model
        .encode(EncoderInputs {
            batch: shape[0],
            length: shape[1],
            input_ids,
            attention_mask: mask(&inputs["attention_mask"]).map(|mask| mask.1),
            ..Default::default()
        })
        .unwrap();
    let encoded = Rc::new(encoded);
    let rows = |value| {
        let (shape, ids) = numbers(value).unwrap();
        ids.chunks(shape[1])
            .map(<[i32]>::to_vec)
            .collect::<Vec<_>>()
    };
    let prompt = rows(&inputs["decoder_input_ids"]);
    let start: Vec<Vec<i32>> = prompt.iter().map(|row| row[..1].to_vec()).collect();
    let (begun, cache) = run(&model, &encoded, &start, None);
    assert_eq!(
        begun.iter().map(|row| &row[..]).collect::<Vec<_>>(),
        prompt
            .iter()
            .map(|row| &row[..row.len() - 1])
            .collect::<Vec<_>>()
    );
    let wanted = rows(&case["sequences"]);
    assert_eq!(run(&model, &encoded, &prompt, None).0, wanted);
    // Twice from the same one: a generation changes only its own.
    for _ in 0..2 {
        assert_eq!(
            run(
                &model,
                &encoded,
                &prompt,
                Some((cache.clone(), Past::InPrompt))
            )
            .0,
            wanted
        );
    }
    // The last tokens alone, as a prompt that follows what the cache has.
    let rest: Vec<Vec<i32>> = prompt
        .iter()
        .map(|row| row[cache.seen()..].to_vec())
        .collect();
    let mask = Some(vec![1; 2 * cache.seen()]);
    for mask in [None, mask] {
        let past = Some((cache.clone(), Past::BeforePrompt { mask }));
        let (rows, _) = run(&model, &encoded, &rest, past);
        let tails: Vec<&[i32]> = wanted.iter().map(|row| &row[cache.seen()..]).collect();
        assert_eq!(rows, tails);
    }
    let options = |recompute| GenerateOptions {
        decoder_input_ids: Some(start.concat()),
        prompt_length: 1,
        max_new_tokens: 2,
        recompute,
        ..Default::default()
    };
    for (recompute, reason) in [(false, "at least one more"), (true, "useCache")] {
        let mut other = Generation::new(&model, encoded.clone(), options(recompute)).unwrap();
        let refused = other.resume(cache.clone(), Past::InPrompt).unwrap_err();
        assert!(refused.to_string().contains(reason), "{refused}");
    }
}
