//! Row by row, on the host.

use burn::tensor::{Int, Tensor, TensorData};

use super::LookBack;

pub(crate) fn look_back(
    logits: Tensor<2>,
    sequence: Tensor<2, Int>,
    history: &Tensor<2, Int>,
    words: Option<&Tensor<2, Int>>,
    rules: LookBack,
) -> (Tensor<2>, Tensor<2, Int>) {
    let (device, shape, places) = (logits.device(), logits.dims(), sequence.dims());
    let ints = |tensor: Tensor<2, Int>| -> Vec<i32> { tensor.into_data().iter().collect() };
    let mut logits: Vec<f32> = logits.into_data().iter().collect();
    let mut sequence = ints(sequence);
    let words = words.map(|words| (words.dims()[1], ints(words.clone())));
    let history = ints(history.clone());
    each_row(shape[0], &mut logits, &mut sequence, &history, words, rules);
    (
        Tensor::from_data(TensorData::new(logits, shape), &device),
        Tensor::from_data(TensorData::new(sequence, places), &device),
    )
}

/// The same of values. `words` come with the length of a row of them.
pub(super) fn each_row(
    rows: usize,
    logits: &mut [f32],
    sequence: &mut [i32],
    history: &[i32],
    words: Option<(usize, Vec<i32>)>,
    rules: LookBack,
) {
    let logits = logits.chunks_exact_mut(logits.len() / rows);
    let sequences = sequence.chunks_exact_mut(sequence.len() / rows);
    let histories = history.chunks_exact(history.len() / rows);
    for ((logits, sequence), history) in logits.zip(sequences).zip(histories) {
        let length = lengthen(sequence, history, rules.prompt);
        let words = words.iter().flat_map(|(size, words)| words.chunks(*size));
        restrain(logits, &sequence[..length], words, rules);
    }
}

/// Add the newest token, if any was chosen; how many there are now.
fn lengthen(sequence: &mut [i32], history: &[i32], prompt: usize) -> usize {
    let count = history[0] as usize;
    if count > 0 {
        sequence[prompt + count - 1] = history[2 + (count - 1) % (history.len() - 2)];
    }
    prompt + count
}

/// Change the logits of one row. Tokens that it has no logits for have no part.
fn restrain<'a>(
    logits: &mut [f32],
    sequence: &[i32],
    words: impl Iterator<Item = &'a [i32]>,
    rules: LookBack,
) {
    let mut seen = sequence.to_vec();
    seen.sort_unstable();
    seen.dedup();
    for id in seen {
        if let Some(logit) = logits.get_mut(id as usize) {
            *logit = match *logit < 0.0 {
                true => *logit * rules.penalty,
                false => *logit / rules.penalty,
            };
        }
    }
    let ngrams = match rules.ngram {
        0 => Vec::new(),
        size => sequence.windows(size).collect(),
    };
    let words = words.map(|word| &word[1..=word[0] as usize]);
    for (last, start) in ngrams
        .into_iter()
        .chain(words)
        .filter_map(<[i32]>::split_last)
    {
        if sequence.ends_with(start)
            && let Some(logit) = logits.get_mut(*last as usize)
        {
            *logit = f32::NEG_INFINITY;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_come_is_restrained() {
        let rules = LookBack {
            prompt: 1,
            penalty: 2.0,
            ngram: 2,
        };
        let mut logits = [1.0, -1.0, 2.0, 4.0, -4.0];
        // 3 follows 1 already; 4 is a word of its own; 2 would end a word that 1 alone does not begin.
        let words: [&[i32]; 2] = [&[1, 4, 0, 0], &[3, 0, 1, 2]];
        restrain(&mut logits, &[1, 3, 3, 1], words.into_iter(), rules);
        let inf = f32::INFINITY;
        assert_eq!(logits, [1.0, -2.0, 2.0, -inf, -inf]);
        let words: [&[i32]; 1] = [&[3, 3, 1, 2]];
        restrain(&mut logits, &[1, 3, 3, 1], words.into_iter(), rules);
        assert_eq!(logits[2], -inf);
    }
}
