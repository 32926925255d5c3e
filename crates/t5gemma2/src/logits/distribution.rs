//! Softmax and its kin. Exponentials are f32 as in the reference; sums are f64, which is at least as exact as its blocked sums.

/// The largest score; -inf for an empty or an impossible row, NaN where there is a NaN.
fn largest(scores: &[f32]) -> f32 {
    scores.iter().fold(
        f32::NEG_INFINITY,
        |a, &b| if b > a || b.is_nan() { b } else { a },
    )
}

/// Probabilities of the scores: [vocab]. NaN throughout where no score is above -inf.
pub(super) fn softmax(scores: &[f32]) -> Vec<f32> {
    let most = largest(scores);
    let mut probabilities: Vec<f32> = scores.iter().map(|score| (score - most).exp()).collect();
    let sum = probabilities.iter().map(|&p| f64::from(p)).sum::<f64>() as f32;
    probabilities.iter_mut().for_each(|p| *p /= sum);
    probabilities
}

/// Replace scores by the logarithms of their probabilities: [vocab].
pub fn log_softmax(scores: &mut [f32]) {
    let norm = log_sum_exp(scores);
    scores.iter_mut().for_each(|score| *score -= norm);
}

/// log(sum(exp(scores))).
pub(super) fn log_sum_exp(scores: &[f32]) -> f32 {
    let most = largest(scores);
    let sum: f64 = scores
        .iter()
        .map(|score| f64::from((score - most).exp()))
        .sum();
    most + (sum as f32).ln()
}
