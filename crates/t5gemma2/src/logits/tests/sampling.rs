//! What is drawn, how often, and that a seed says it all.

use burn::tensor::{Device, Tensor, TensorData};
use t5gemma2_ops::{Progress, choose};

use crate::logits::{LogitsContext, LogitsOptions, LogitsPipeline, Random, Sampler, Urn};

/// Limits of chi-squared that 0.1 % of fair samplers exceed, by degrees of freedom. Seeds are fixed: a failure is no accident.
const LIMITS: [(usize, f64); 3] = [(4, 18.47), (19, 43.82), (99, 148.23)];

fn chi_squared(counts: &[usize], probabilities: &[f64]) -> f64 {
    let draws = counts.iter().sum::<usize>() as f64;
    counts
        .iter()
        .zip(probabilities)
        .map(|(&count, p)| (count as f64 - draws * p).powi(2) / (draws * p))
        .sum()
}

fn probabilities(scores: &[f32]) -> Vec<f64> {
    let sum: f64 = scores.iter().map(|&score| f64::from(score).exp()).sum();
    scores
        .iter()
        .map(|&score| f64::from(score).exp() / sum)
        .collect()
}

#[test]
fn tokens_come_as_often_as_they_should() {
    for (freedom, limit) in LIMITS {
        let scores: Vec<f32> = (0..=freedom).map(|i| (i * 7 % 11) as f32 * 0.2).collect();
        for (label, row, step) in [("over steps", 0, 1), ("over rows", 1, 0)] {
            let sampler = Sampler::new(20 + freedom as u64);
            let mut counts = vec![0; scores.len()];
            (0..40_000).for_each(|i| {
                counts[sampler.sample(i * row, i * step, &scores).unwrap() as usize] += 1
            });
            let found = chi_squared(&counts, &probabilities(&scores));
            assert!(
                found < limit,
                "{label}, {freedom} degrees of freedom: {found}"
            );
        }
    }
}

#[test]
fn pairs_come_without_repetition_as_often_as_they_should() {
    let scores = [0.0, 0.5, 1.0, -0.5, 1.5];
    let single = probabilities(&scores);
    let pairs: Vec<(usize, usize)> = (0..5)
        .flat_map(|a| (0..5).map(move |b| (a, b)))
        .filter(|(a, b)| a != b)
        .collect();
    let expected: Vec<f64> = pairs
        .iter()
        .map(|&(a, b)| single[a] * single[b] / (1.0 - single[a]))
        .collect();
    let random = Random::new(3);
    let mut counts = vec![0; pairs.len()];
    for step in 0..40_000 {
        let mut urn = Urn::new(&scores).unwrap();
        let mut draw = |draw| urn.draw(random.uniform(0, step, draw)).unwrap();
        let pair = (draw(0), draw(1));
        counts[pairs.iter().position(|&other| other == pair).unwrap()] += 1;
    }
    let found = chi_squared(&counts, &expected);
    assert!(found < LIMITS[1].1, "{found}");
}

#[test]
fn numbers_are_even_between_0_and_1() {
    let random = Random::new(u64::MAX);
    let mut counts = [0; 100];
    (0..40_000)
        .for_each(|i| counts[(random.uniform(i % 7, i / 7 % 100, i / 700) * 100.0) as usize] += 1);
    let found = chi_squared(&counts, &[0.01; 100]);
    assert!(found < LIMITS[2].1, "{found}");
}

#[test]
fn a_seed_decides_and_rows_and_steps_differ() {
    let scores = vec![0.0; 1000];
    let draw = |seed, row, step| Sampler::new(seed).sample(row, step, &scores).unwrap();
    // The first numbers of seed 0 are a promise: these change only in a new major version.
    assert_eq!(
        [draw(0, 0, 0), draw(0, 0, 1), draw(0, 1, 0)],
        [399, 417, 516]
    );
    let others = [
        draw(1, 0, 0),
        draw(1 << 32, 0, 0),
        draw(0, 0, 7),
        draw(0, 7, 0),
    ];
    assert!(
        others.iter().all(|&token| token != draw(0, 0, 0)),
        "{others:?}"
    );
}

#[test]
fn only_possible_tokens_are_drawn_and_each_of_them_once() {
    let mut scores = vec![f32::NEG_INFINITY; 5000];
    for token in [3, 1023, 1024, 4999] {
        scores[token] = token as f32 * 1e-3;
    }
    for uniform in [0.0, 0.3, 0.999, 1.0 - f64::EPSILON] {
        let mut urn = Urn::new(&scores).unwrap();
        let mut drawn: Vec<usize> = std::iter::from_fn(|| urn.draw(uniform)).collect();
        drawn.sort_unstable();
        assert_eq!(drawn, [3, 1023, 1024, 4999], "{uniform}");
    }
}

#[test]
fn what_cannot_be_drawn_is_an_error() {
    let sampler = Sampler::new(0);
    for (scores, part) in [
        ([f32::NEG_INFINITY; 2], "forbid every one"),
        ([0.0, f32::NAN], "removeInvalidValues"),
        ([f32::INFINITY, 0.0], "removeInvalidValues"),
    ] {
        let error = sampler.sample(0, 0, &scores).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
}

/// A device draws by [`choose`], whose plain form the kernels are tested against.
#[test]
fn a_device_draws_as_the_host_does() {
    const ROWS: usize = 24;
    const VOCAB: usize = 400;
    let logits: Vec<f32> = (0..ROWS * VOCAB)
        .map(|i| match i * 7919 % 211 {
            0 => f32::NEG_INFINITY,
            other => other as f32 / 16.0 - 4.0,
        })
        .collect();
    for (number, json) in [
        "{}",
        r#"{"top_k": 0}"#,
        r#"{"top_k": 0, "temperature": 2.5}"#,
        r#"{"top_k": 3}"#,
        r#"{"top_k": 0, "top_p": 0.3}"#,
        r#"{"top_k": 0, "top_p": 1e-9}"#,
        r#"{"top_k": 0, "min_p": 0.2}"#,
        r#"{"top_k": 40, "top_p": 0.83, "min_p": 0.1, "temperature": 1.3}"#,
    ]
    .into_iter()
    .enumerate()
    {
        let options = LogitsOptions::from_json(json).unwrap();
        assert!(options.fit_device(true, false), "{json}");
        let seed = number as u64 + (7 << 40);
        let context = LogitsContext {
            vocab: VOCAB,
            batch: ROWS,
            rows_per_input: 1,
            prompt_length: 1,
            prompt_padding: None,
            max_length: 9,
            eos_token_ids: vec![1],
            do_sample: true,
            num_beams: 1,
            encoder_ids: None,
        };
        let pipeline = LogitsPipeline::new(&options, context).unwrap();
        let mut scores = logits.clone();
        pipeline.apply(&vec![[0]; ROWS], &mut scores).unwrap();
        let device = Device::flex();
        let ints =
            |values: Vec<i32>| Tensor::from_data(TensorData::new(values, [ROWS, 1]), &device);
        for step in 0..20 {
            let draw = |row: usize| {
                let scores = &scores[row * VOCAB..][..VOCAB];
                Sampler::new(seed).sample(row, step, scores).unwrap()
            };
            let expected: Vec<i32> = (0..ROWS).map(draw).collect();
            let history = [step as i32, 0, 0].repeat(ROWS);
            let progress = Progress {
                tokens: ints(vec![0; ROWS]),
                positions: ints(vec![0; ROWS]),
                total: Tensor::from_data(TensorData::new(vec![0i32], [1]), &device),
                history: Tensor::from_data(TensorData::new(history, [ROWS, 3]), &device),
            };
            let on_device = TensorData::new(logits.clone(), [ROWS, VOCAB]);
            let on_device = Tensor::from_data(on_device, &device);
            let sampling = options.sampling(seed);
            let drawn = choose(on_device, progress, None, Some(&sampling)).tokens;
            let drawn: Vec<i32> = drawn.into_data().iter().collect();
            assert_eq!(drawn, expected, "{json}, step {step}");
        }
    }
}

#[test]
fn what_a_device_cannot_do_is_the_hosts() {
    let fits = |json, sampling, rules| {
        LogitsOptions::from_json(json)
            .unwrap()
            .fit_device(sampling, rules)
    };
    for rules in [false, true] {
        assert!(fits(
            r#"{"min_new_tokens": 3, "renormalize_logits": true}"#,
            false,
            rules
        ));
        assert!(fits(r#"{"min_new_tokens": 3, "top_p": 0.5}"#, true, rules));
        assert!(fits(r#"{"typical_p": 0.5, "top_p": 0.5}"#, false, rules));
        assert!(!fits(r#"{"typical_p": 0.5}"#, true, rules));
        assert!(!fits(
            r#"{"encoder_repetition_penalty": 1.5}"#,
            false,
            rules
        ));
        assert!(!fits(r#"{"sequence_bias": [[[1, 2], 1]]}"#, false, rules));
    }
    for json in [
        r#"{"repetition_penalty": 1.5, "no_repeat_ngram_size": 2}"#,
        r#"{"sequence_bias": [[[1], 1]], "bad_words_ids": [[1, 2]]}"#,
        r#"{"min_length": 3, "suppress_tokens": [1], "begin_suppress_tokens": [2]}"#,
        r#"{"forced_bos_token_id": 3, "forced_eos_token_id": 1}"#,
    ] {
        assert!(fits(json, true, true), "{json}");
        assert!(!fits(json, true, false), "{json}");
    }
}
