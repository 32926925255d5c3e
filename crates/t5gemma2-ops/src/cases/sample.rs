use super::cache::{chosen, progress};
use super::noise::{Noise, floats, integers};
use super::{Case, EXACT};
use crate::{Ends, Sampling};

const PLAIN: Sampling = Sampling {
    seed: 0x1234_5678_9abc_def0,
    temperature: 1.0,
    top_k: 0,
    top_p: 1.0,
    min_p: 0.0,
};
const ALL: Sampling = Sampling {
    temperature: 0.7,
    top_k: 40,
    top_p: 0.9,
    min_p: 0.02,
    ..PLAIN
};

/// Rows of one case: as many draws, by other numbers.
const ROWS: usize = 12;

pub(super) fn cases() -> Vec<Case> {
    let filters = [
        ("no filter", PLAIN),
        ("every filter", ALL),
        ("the largest", Sampling { top_k: 1, ..PLAIN }),
        (
            "the 256 largest",
            Sampling {
                top_k: 256,
                ..PLAIN
            },
        ),
        (
            "the 300 largest",
            Sampling {
                top_k: 300,
                ..PLAIN
            },
        ),
        (
            "more than there are",
            Sampling {
                top_k: 9999,
                ..PLAIN
            },
        ),
        (
            "a mass of 0.9",
            Sampling {
                top_p: 0.9,
                ..PLAIN
            },
        ),
        (
            "no mass",
            Sampling {
                top_p: 0.0,
                ..PLAIN
            },
        ),
        (
            "hardly a mass",
            Sampling {
                top_p: 1e-9,
                ..PLAIN
            },
        ),
        (
            "nearly all mass",
            Sampling {
                top_p: 1.0 - 1e-12,
                ..PLAIN
            },
        ),
        (
            "a mass of the 50 largest",
            Sampling {
                top_k: 50,
                top_p: 0.6,
                ..PLAIN
            },
        ),
        (
            "a tenth as likely",
            Sampling {
                min_p: 0.1,
                ..PLAIN
            },
        ),
        (
            "as likely",
            Sampling {
                min_p: 1.0,
                ..PLAIN
            },
        ),
        (
            "a mass, and a tenth as likely",
            Sampling {
                top_p: 0.8,
                min_p: 0.1,
                ..PLAIN
            },
        ),
        (
            "cold",
            Sampling {
                temperature: 1e-3,
                ..PLAIN
            },
        ),
        (
            "hot",
            Sampling {
                temperature: 50.0,
                ..ALL
            },
        ),
    ];
    let mut cases = Vec::new();
    for cols in [1, 5, 700, 3001] {
        for (label, sampling) in filters {
            let size = if sampling.temperature > 1.0 {
                200.0
            } else {
                6.0
            };
            let logits = Noise::new(31).values(ROWS * cols, size);
            cases.push(case(format!("of {cols}: {label}"), sampling, cols, logits));
        }
    }
    for (label, sampling) in filters {
        // Eighths: many are equal.
        let logits = Noise::new(32).values(ROWS * 1500, 3.0);
        let logits = logits.iter().map(|x| (x * 8.0).round() / 8.0).collect();
        cases.push(case(format!("equal ones: {label}"), sampling, 1500, logits));
    }
    for (label, row) in rows() {
        for (filter, sampling) in [("no filter", PLAIN), ("every filter", ALL)] {
            let logits = row.repeat(ROWS);
            cases.push(case(
                format!("{label}: {filter}"),
                sampling,
                row.len(),
                logits,
            ));
        }
    }
    cases
}

fn case(label: String, sampling: Sampling, cols: usize, logits: Vec<f32>) -> Case {
    Case::new("sample", label, EXACT, move |device, side| {
        let logits = floats(logits.clone(), [ROWS, cols], device);
        let progress = progress(&mut Noise::new(33), [ROWS, cols, 4], 6, device);
        let ends = Some(Ends {
            tokens: integers((0..cols as i32 / 2).collect(), [cols / 2], device),
            filling: 1,
        })
        .filter(|_| cols > 1);
        chosen(side, logits, progress, ends.as_ref(), Some(&sampling))
    })
}

fn rows() -> Vec<(&'static str, Vec<f32>)> {
    let with = |cols: usize, holes: &[usize], value: f32| {
        let mut row = Noise::new(34).values(cols, 5.0);
        holes.iter().for_each(|&hole| row[hole] = value);
        row
    };
    let mut one = vec![f32::NEG_INFINITY; 1100];
    one[1030] = -7.0;
    let half = Noise::new(35).values(2000, 4.0);
    let half = half.iter().enumerate();
    let half = half.map(|(i, &x)| if i % 2 == 0 { f32::NEG_INFINITY } else { x });
    vec![
        ("all equal", vec![2.5; 1300]),
        ("zeros of both signs", [[0.0, -0.0]; 40].concat()),
        ("half impossible", half.collect()),
        ("one possible", one),
        ("none possible", vec![f32::NEG_INFINITY; 300]),
        ("NaN", with(600, &[0, 599], f32::NAN)),
        ("infinity", with(600, &[300], f32::INFINITY)),
        ("the largest numbers", vec![-3e38, 1.0, 2e38, 2e38, -2e38]),
        ("far apart", vec![-1000.0, 1000.0, 0.0, 999.0, 998.5, -1e9]),
        (
            "small differences",
            (0..900).map(|i| 100.0 + (i % 7) as f32 * 1e-4).collect(),
        ),
        ("a vocabulary", Noise::new(36).values(66_001, 9.0)),
    ]
}
