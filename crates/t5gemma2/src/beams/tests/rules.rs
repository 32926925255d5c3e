//! What the recorded cases leave out.

use crate::beams::{BeamOptions, BeamSearch, BeamStep, EarlyStopping};

const GONE: f32 = f32::NEG_INFINITY;

fn options() -> BeamOptions {
    BeamOptions {
        num_beams: 2,
        num_return_sequences: 2,
        length_penalty: 1.0,
        early_stopping: EarlyStopping::No,
        do_sample: false,
        seed: 0,
        max_length: 4,
        eos_token_ids: vec![0],
        pad_token_id: Some(9),
    }
}

#[test]
fn wrong_options_are_named() {
    for (name, change) in [
        (
            "numBeams",
            (|options| options.num_beams = 0) as fn(&mut BeamOptions),
        ),
        ("numReturnSequences", |options| {
            options.num_return_sequences = 3
        }),
        ("numReturnSequences", |options| {
            options.num_return_sequences = 0
        }),
        ("lengthPenalty", |options| options.length_penalty = f64::NAN),
        ("maxLength", |options| options.max_length = 1),
    ] {
        let mut options = options();
        change(&mut options);
        let error = BeamSearch::new(options, &[5], 1).unwrap_err();
        assert!(
            error.to_string().starts_with(&format!("{name}: ")),
            "{error}"
        );
    }
    for (prompts, length) in [(&[5, 6, 7][..], 2), (&[], 1), (&[5], 0)] {
        let error = BeamSearch::new(options(), prompts, length).unwrap_err();
        assert!(
            error.to_string().starts_with("decoderInputIds: "),
            "{error}"
        );
    }
}

#[test]
fn early_stopping_reads_three_values() {
    let read = |text| serde_json::from_str::<EarlyStopping>(text).map_err(|e| e.to_string());
    assert_eq!(read("true"), Ok(EarlyStopping::Yes));
    assert_eq!(read("false"), Ok(EarlyStopping::No));
    assert_eq!(read("\"never\""), Ok(EarlyStopping::Never));
    assert!(
        read("\"always\"")
            .unwrap_err()
            .contains("earlyStopping is \"always\"")
    );
}

#[test]
fn calls_out_of_order_and_wrong_shapes_are_errors() {
    let mut search = BeamSearch::new(options(), &[5], 1).unwrap();
    for count in [0, 3, 2] {
        let error = search.step(&vec![0.0; count]).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("2 rows of a vocabulary of at least 2"),
            "{error}"
        );
    }
    assert!(
        search
            .select(None)
            .unwrap_err()
            .to_string()
            .contains("expand")
    );
    search.expand(&[-1.0; 6]).unwrap();
    assert_eq!(search.candidates().len(), 4);
    assert!(
        search
            .select(Some(&[false; 3]))
            .unwrap_err()
            .to_string()
            .contains("4 continuations")
    );
    search.select(Some(&[true; 4])).unwrap();
    assert!(search.is_done());
    assert!(
        search
            .step(&[-1.0; 6])
            .unwrap_err()
            .to_string()
            .contains("done")
    );
}

#[test]
fn a_callers_rule_finishes_beams() {
    let mut search = BeamSearch::new(options(), &[5], 1).unwrap();
    let scores = [-9.0, -1.0, -2.0, -9.0, -1.0, -2.0];
    search.expand(&scores).unwrap();
    let stopped: Vec<bool> = search
        .candidates()
        .iter()
        .map(|ids| ids.ends_with(&[1]))
        .collect();
    assert_eq!(stopped, [true, false, false, false]);
    let next = search.select(Some(&stopped)).unwrap();
    assert_eq!((next.tokens[0], next.sources[0], next.done), (2, 0, false));
    // Breaking off here, the running beam comes second.
    let found = search.finish();
    assert_eq!(
        (found.sequences, found.scores),
        (vec![vec![5, 1], vec![5, 2]], vec![-1.0, -2.0])
    );
}

#[test]
fn shorter_sequences_are_filled() {
    let mut search = BeamSearch::new(
        BeamOptions {
            max_length: 3,
            ..options()
        },
        &[5],
        1,
    )
    .unwrap();
    search.step(&[-1.0, -2.0, -9.0, GONE, GONE, GONE]).unwrap();
    let last = search.step(&[-9.0, -8.0, -1.0, GONE, GONE, GONE]).unwrap();
    assert!(last.done);
    let found = search.finish();
    assert_eq!(found.sequences, [[5, 0, 9], [5, 1, 2]]);
    assert_eq!(found.beam_indices, [[0, -1], [0, 0]]);
    assert_eq!(
        (found.lengths, found.scores),
        (vec![2, 3], vec![-1.0, -1.5])
    );
}

#[test]
fn breaking_off_before_the_first_step_gives_the_prompts() {
    let found = BeamSearch::new(options(), &[5, 6], 1).unwrap().finish();
    assert_eq!(found.sequences, [[5], [5], [6], [6]]);
}

#[test]
fn sampling_goes_on_where_less_is_possible_than_is_drawn() {
    let mut search = BeamSearch::new(
        BeamOptions {
            do_sample: true,
            ..options()
        },
        &[5],
        1,
    )
    .unwrap();
    let next = search.step(&[GONE, -0.5, GONE, GONE, -0.5, GONE]).unwrap();
    // One continuation of the first beam, then the best of the second, which begins far behind.
    assert_eq!(
        next,
        BeamStep {
            tokens: vec![1, 1],
            sources: vec![0, 1],
            done: false
        }
    );
    assert!(
        search
            .step(&[f32::NAN; 6])
            .unwrap_err()
            .to_string()
            .contains("removeInvalidValues")
    );
}

#[test]
fn the_filling_is_the_librarys() {
    for (pad, eos, expected) in [
        (Some(9), vec![3, 4], 9),
        (Some(0), vec![3], 3),
        (None, vec![3], 3),
        (Some(9), vec![], -1),
    ] {
        let options = BeamOptions {
            pad_token_id: pad,
            eos_token_ids: eos,
            ..options()
        };
        assert_eq!(options.filling(), expected);
    }
}
