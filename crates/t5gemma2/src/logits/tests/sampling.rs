//! What is drawn, how often, and that a seed says it all.

use crate::logits::{Random, Sampler, Urn};

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
