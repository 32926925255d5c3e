//! The likeliest token, and log-probabilities.

use crate::logits::{Alternative, greedy, logprobs, top};

const GONE: f32 = f32::NEG_INFINITY;

#[test]
fn greedy_takes_the_first_of_the_best() {
    for (scores, expected) in [
        (&[1.0, 3.0, 2.0][..], 1),
        (&[3.0, 1.0, 3.0], 0),
        (&[-0.0, 0.0], 0),
        (&[-2.0, -1.0, GONE], 1),
        (&[GONE, GONE], 0),
        (&[1.0, f32::NAN, f32::INFINITY], 1),
        (&[], 0),
    ] {
        assert_eq!(greedy(scores), expected, "{scores:?}");
    }
}

#[test]
fn the_best_come_in_order() {
    let scores = [0.5, -1.0, 7.0, 0.5, f32::INFINITY, GONE, -0.0];
    let best = top(scores.into_iter(), 5);
    assert_eq!(
        best,
        [(4, f32::INFINITY), (2, 7.0), (0, 0.5), (3, 0.5), (6, 0.0)]
    );
    assert_eq!(top(scores.into_iter(), 20).len(), 7);
    assert_eq!(top(scores.into_iter(), 0), []);
}

#[test]
fn log_probabilities_are_of_the_whole_vocabulary() {
    let scores = [1.0, 2.0, GONE, 4.0, 2.5].map(|score: f32| score + 100.0);
    let sum: f64 = [1.0f64, 2.0, 4.0, 2.5]
        .iter()
        .map(|score| score.exp())
        .sum();
    let close = |a: f32, b: f64| assert!((f64::from(a) - b).abs() < 1e-5, "{a} and {b}");
    let found = logprobs(&scores, 1, 3);
    close(found.chosen.logprob, 2.0 - sum.ln());
    assert_eq!(
        found.top.iter().map(|top| top.token).collect::<Vec<_>>(),
        [3, 4, 1]
    );
    close(found.top[0].logprob, 4.0 - sum.ln());
    assert_eq!(found.top[2], found.chosen);
    assert_eq!(
        logprobs(&scores, 2, 0).chosen,
        Alternative {
            token: 2,
            logprob: GONE
        }
    );
    assert_eq!(logprobs(&scores, 99, 0).chosen.logprob, GONE);
    assert_eq!(logprobs(&scores, -1, 9).top.len(), 5);
}
