use super::noise::{Noise, floats, integers};
use super::{Case, EXACT, Output, Side};
use crate::{Ends, Progress, Sampling, append, argmax, choose, increment};
use burn::tensor::{Device, Tensor};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    // batch, heads, slots, d, rows, tokens before
    for shape in [
        (1, 1, 1, 1, 1, 0),
        (2, 3, 8, 6, 1, 0),
        (2, 1, 8, 16, 1, 7),
        (1, 2, 8, 5, 3, 22),
        (2, 2, 4, 3, 9, 2),
        (1, 1, 5, 300, 5, 13),
    ] {
        cases.push(Case::new(
            "append",
            format!("{shape:?}"),
            EXACT,
            move |device, side| {
                let (batch, heads, slots, d, len, before) = shape;
                let mut noise = Noise::new(13);
                let cache = noise.tensor([batch, heads, slots, d], 1.0, device);
                let new = noise.tensor([batch, heads, len, d], 1.0, device);
                let total = integers(vec![before + len as i32], [1], device);
                vec![match side {
                    Side::Fused => append(cache, new, total).into(),
                    Side::Reference => append::reference::append(cache, new, total).into(),
                }]
            },
        ));
    }
    for (label, row) in argmax_rows() {
        cases.push(Case::new("argmax", label, EXACT, move |device, side| {
            let cols = row.len();
            let other = Noise::new(14).values(cols, 1.0);
            let logits = floats([row.as_slice(), &other].concat(), [2, cols], device);
            vec![match side {
                Side::Fused => argmax(logits).into(),
                Side::Reference => argmax::reference::argmax(logits).into(),
            }]
        }));
    }
    for (rows, cols, slots, before) in [(1, 5, 4, 0), (3, 700, 4, 6), (2, 65, 1, 9)] {
        cases.push(Case::new(
            "greedy",
            format!("{rows} rows of {cols}, {slots} slots, {before} before"),
            EXACT,
            move |device, side| {
                let mut noise = Noise::new(19);
                let logits = noise.tensor([rows, cols], 1.0, device);
                let progress = progress(&mut noise, [rows, cols, slots], before, device);
                // Tokens below the median end rows, so that some do.
                let ends = (slots > 1).then(|| Ends {
                    tokens: integers((0..cols as i32 / 2).collect(), [cols / 2], device),
                    filling: 1,
                });
                chosen(side, logits, progress, ends.as_ref(), None)
            },
        ));
    }
    for (values, by) in [
        (vec![0], 1),
        (vec![7, -3, 1_000_000], 5),
        ((0..70).collect(), -3),
    ] {
        cases.push(Case::new(
            "increment",
            format!("{} counters by {by}", values.len()),
            EXACT,
            move |device, side| {
                let counter = integers(values.clone(), [values.len()], device);
                vec![match side {
                    Side::Fused => increment(counter, by).into(),
                    Side::Reference => increment::reference::increment(counter, by).into(),
                }]
            },
        ));
    }
    cases
}

/// Where decoding stands after `before` steps; the second row has ended.
pub(super) fn progress(
    noise: &mut Noise,
    [rows, cols, slots]: [usize; 3],
    before: i32,
    device: &Device,
) -> Progress {
    let mut history = noise.integers(rows * (slots + 2), cols);
    for (index, row) in history.chunks_exact_mut(slots + 2).enumerate() {
        (row[0], row[1]) = (before, (index == 1).into());
    }
    Progress {
        tokens: integers(vec![0; rows], [rows, 1], device),
        positions: integers((0..rows as i32).collect(), [rows, 1], device),
        total: integers(vec![before + 7], [1], device),
        history: integers(history, [rows, slots + 2], device),
    }
}

/// What the choice leaves.
pub(super) fn chosen(
    side: Side,
    logits: Tensor<2>,
    progress: Progress,
    ends: Option<&Ends>,
    sampling: Option<&Sampling>,
) -> Vec<Output> {
    let Progress {
        tokens,
        positions,
        total,
        history,
    } = match side {
        Side::Fused => choose(logits, progress, ends, sampling),
        Side::Reference => choose::reference::choose(logits, progress, ends, sampling),
    };
    let all = [tokens, positions, history].map(|tensor| tensor.flatten(0, 1).into());
    all.into_iter().chain([total.into()]).collect()
}

fn argmax_rows() -> Vec<(&'static str, Vec<f32>)> {
    let nan_among = |cols: usize, holes: &[usize]| {
        let mut row = Noise::new(15).values(cols, 5.0);
        holes.iter().for_each(|&hole| row[hole] = f32::NAN);
        row
    };
    let mut late = Noise::new(16).values(1000, 1.0);
    late[999] = 2.0;
    vec![
        ("one column", vec![-1.0]),
        (
            "equal ones: the first",
            [vec![0.5; 10], vec![1.0; 500]].concat(),
        ),
        ("all equal", vec![-3.0; 300]),
        ("the last column", late),
        (
            "NaN first, inside and last",
            nan_among(700, &[0, 1, 350, 699]),
        ),
        ("nothing but NaN", vec![f32::NAN; 65]),
        (
            "nothing but NaN and negative infinity",
            vec![f32::NAN, f32::NEG_INFINITY, f32::NAN, f32::NEG_INFINITY],
        ),
        (
            "infinity after NaN",
            vec![f32::NAN, 1.0, f32::INFINITY, f32::INFINITY],
        ),
        ("zeros of both signs", vec![-1.0, -0.0, 0.0, -0.0]),
        (
            "negative ones",
            Noise::new(17)
                .values(258, 1.0)
                .iter()
                .map(|x| -x.abs() - 1.0)
                .collect(),
        ),
    ]
}
