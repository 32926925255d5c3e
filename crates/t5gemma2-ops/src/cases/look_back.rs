use super::noise::{Noise, floats, integers};
use super::{Case, FUNCTION, Side};
use crate::look_back::{LookBack, look_back, reference};

const NONE: LookBack = LookBack {
    prompt: 3,
    penalty: 1.0,
    ngram: 0,
};
const SLOTS: usize = 4;

pub(super) fn cases() -> Vec<Case> {
    let rules = [
        ("no rule", NONE, false),
        (
            "a penalty",
            LookBack {
                penalty: 1.7,
                ..NONE
            },
            false,
        ),
        (
            "a favour",
            LookBack {
                penalty: 0.6,
                ..NONE
            },
            false,
        ),
        ("no token twice", LookBack { ngram: 1, ..NONE }, false),
        ("no pair twice", LookBack { ngram: 2, ..NONE }, false),
        (
            "nothing as long as the sequence",
            LookBack { ngram: 90, ..NONE },
            false,
        ),
        ("words", NONE, true),
        (
            "every rule",
            LookBack {
                penalty: 1.2,
                ngram: 3,
                ..NONE
            },
            true,
        ),
    ];
    let mut cases = Vec::new();
    // The last has more than the kernel marks at once.
    for (cols, steps, ids) in [
        (5, 0, 5),
        (5, 60, 5),
        (700, 300, 20),
        (140_000, 40, 140_000),
    ] {
        for (label, rules, words) in rules {
            let label = format!("of {cols} after {steps}: {label}");
            cases.push(case(label, [cols, steps, ids], words, rules));
        }
    }
    cases
}

/// Two rows, whose sequences have tokens below `ids`.
fn case(label: String, [cols, steps, ids]: [usize; 3], words: bool, rules: LookBack) -> Case {
    const ROWS: usize = 2;
    Case::new("look_back", label, FUNCTION, move |device, side| {
        let mut noise = Noise::new(41);
        let mut logits = noise.values(ROWS * cols, 8.0);
        logits[1] = f32::NEG_INFINITY;
        let room = rules.prompt + steps + 2;
        let sequence = noise.integers(ROWS * room, ids);
        let mut history = noise.integers(ROWS * (2 + SLOTS), ids);
        for row in history.chunks_exact_mut(2 + SLOTS) {
            row[0] = steps as i32;
        }
        // One that the newest token completes, one longer than any sequence, one that is a single token.
        let newest = match steps {
            0 => sequence[rules.prompt - 1],
            _ => history[2 + (steps - 1) % SLOTS],
        };
        let words = words.then(|| {
            let mut words = noise.integers(4 * 401, ids);
            words[..3].copy_from_slice(&[2, newest, 3]);
            (words[401], words[2 * 401], words[3 * 401]) = (400, 1, 3);
            integers(words, [4, 401], device)
        });
        let run = match side {
            Side::Fused => look_back,
            Side::Reference => reference::look_back,
        };
        let (logits, sequence) = run(
            floats(logits, [ROWS, cols], device),
            integers(sequence, [ROWS, room], device),
            &integers(history, [ROWS, 2 + SLOTS], device),
            words.as_ref(),
            rules,
        );
        vec![
            logits.flatten::<1>(0, 1).into(),
            sequence.flatten::<1>(0, 1).into(),
        ]
    })
}
