//! Everything sorted, sums in f64.

use burn::tensor::{Int, Tensor, TensorData};

use super::{NO_TOKEN, NOT_NUMBERS, Sampling};
use crate::random::Random;

/// A token `[rows]` for each row of the logits.
pub(crate) fn draws(
    logits: Tensor<2>,
    history: &Tensor<2, Int>,
    sampling: &Sampling,
) -> Tensor<1, Int> {
    let [rows, cols] = logits.dims();
    let [_, width] = history.dims();
    let device = logits.device();
    let logits: Vec<f32> = logits.into_data().iter().collect();
    let history: Vec<i32> = history.clone().into_data().iter().collect();
    let drawn = |row: usize| {
        let step = history[row * width] as usize;
        draw(&logits[row * cols..][..cols], sampling, row, step)
    };
    let winners = TensorData::new((0..rows).map(drawn).collect(), [rows]);
    Tensor::from_data(winners, &device)
}

/// The token of one row.
pub(crate) fn draw(logits: &[f32], sampling: &Sampling, row: usize, step: usize) -> i32 {
    let scores: Vec<f32> = logits.iter().map(|x| x / sampling.temperature).collect();
    if scores.iter().any(|&x| x.is_nan() || x == f32::INFINITY) {
        return NOT_NUMBERS;
    }
    let mut kept: Vec<usize> = (0..scores.len())
        .filter(|&i| scores[i] > f32::NEG_INFINITY)
        .collect();
    // The least likely first, and equal ones as they come.
    kept.sort_by(|&a, &b| scores[a].partial_cmp(&scores[b]).expect("numbers"));
    let Some(&likeliest) = kept.last() else {
        return NO_TOKEN;
    };
    let weight = |i: &usize| f64::from((scores[*i] - scores[likeliest]).exp());
    let sum = |kept: &[usize]| kept.iter().map(weight).sum::<f64>();
    if sampling.top_k > 0 && sampling.top_k < kept.len() {
        let least = scores[kept[kept.len() - sampling.top_k]];
        kept.retain(|&i| scores[i] >= least);
    }
    if sampling.top_p < 1.0 {
        let limit = f64::from(sampling.left_out()) * sum(&kept);
        let mut mass = 0.0;
        let left_out = kept[..kept.len() - 1].iter().take_while(|i| {
            mass += weight(i);
            mass <= limit
        });
        let left_out = left_out.count();
        kept.drain(..left_out);
    }
    kept.retain(|i| weight(i) >= f64::from(sampling.min_p));
    kept.sort_unstable();
    let mut rest = Random::new(sampling.seed).uniform(row, step, 0) * sum(&kept);
    let passes = |i: &&usize| {
        rest -= weight(i);
        rest < 0.0
    };
    kept.iter().find(passes).map_or(likeliest, |&i| i) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Sampling = Sampling {
        seed: 3,
        temperature: 1.0,
        top_k: 0,
        top_p: 1.0,
        min_p: 0.0,
    };

    /// Which tokens come within 500 draws.
    fn possible(logits: &[f32], sampling: Sampling) -> Vec<i32> {
        let draws = (0..500).map(|step| draw(logits, &sampling, 0, step));
        let mut tokens: Vec<i32> = draws.collect();
        tokens.sort_unstable();
        tokens.dedup();
        tokens
    }

    #[test]
    fn filters_keep_what_they_should() {
        let logits = [0.0, 1.0, 2.0, 1.0, f32::NEG_INFINITY, 0.5];
        for (sampling, expected) in [
            (PLAIN, vec![0, 1, 2, 3, 5]),
            (Sampling { top_k: 1, ..PLAIN }, vec![2]),
            (Sampling { top_k: 2, ..PLAIN }, vec![1, 2, 3]),
            (Sampling { top_k: 4, ..PLAIN }, vec![1, 2, 3, 5]),
            (Sampling { top_k: 9, ..PLAIN }, vec![0, 1, 2, 3, 5]),
            (
                Sampling {
                    top_p: 1e-9,
                    ..PLAIN
                },
                vec![2],
            ),
            (
                Sampling {
                    top_p: 0.0,
                    ..PLAIN
                },
                vec![2],
            ),
            // Of the two equal ones the last fills up.
            (
                Sampling {
                    top_p: 0.6,
                    ..PLAIN
                },
                vec![2, 3],
            ),
            (
                Sampling {
                    top_p: 0.8,
                    ..PLAIN
                },
                vec![1, 2, 3],
            ),
            (
                Sampling {
                    min_p: 1.0,
                    ..PLAIN
                },
                vec![2],
            ),
            (
                Sampling {
                    min_p: 0.3,
                    ..PLAIN
                },
                vec![1, 2, 3],
            ),
            (
                Sampling {
                    temperature: 1e-3,
                    ..PLAIN
                },
                vec![2],
            ),
        ] {
            assert_eq!(possible(&logits, sampling), expected, "{sampling:?}");
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_told() {
        assert_eq!(draw(&[0.0, f32::NAN], &PLAIN, 0, 0), NOT_NUMBERS);
        assert_eq!(draw(&[0.0, f32::INFINITY], &PLAIN, 0, 0), NOT_NUMBERS);
        assert_eq!(draw(&[f32::NEG_INFINITY; 2], &PLAIN, 0, 0), NO_TOKEN);
    }
}
