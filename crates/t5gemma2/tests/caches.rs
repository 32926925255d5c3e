//! However a sequence is cut into decoder calls, and whoever it is batched with, its logits are the same.

mod support;

use proptest::prelude::*;
use support::{difference, model, same_cases};
use t5gemma2::config::LayerType;
use t5gemma2::{Cache, DecoderInputs, Dtype, EncoderInputs, EncoderOutput, Model};

/// Sums in another order: the oracle's own two attention implementations differ by up to 3e-5 on these checkpoints.
const TOLERANCE: f32 = 1e-4;

fn encode(model: &Model, rows: &[Vec<i32>], mask: Option<Vec<i32>>) -> EncoderOutput {
    let inputs = EncoderInputs {
        batch: rows.len(),
        length: rows[0].len(),
        input_ids: rows.concat(),
        attention_mask: mask,
        ..Default::default()
    };
    model.encode(inputs).unwrap()
}

/// Logits of all `ids`, given in pieces of these lengths.
fn logits(
    model: &Model,
    encoded: &EncoderOutput,
    ids: &[i32],
    pieces: &[usize],
    cache: &mut Cache,
) -> Vec<f32> {
    let mut at = 0;
    let mut all = Vec::new();
    for &length in pieces {
        let inputs = DecoderInputs {
            length,
            input_ids: ids[at..at + length].to_vec(),
            ..Default::default()
        };
        all.extend(
            model
                .decode(encoded, inputs, cache)
                .unwrap()
                .logits
                .unwrap()
                .into_data()
                .iter::<f32>(),
        );
        at += length;
    }
    all
}

fn pieces(length: usize, cuts: &[bool]) -> Vec<usize> {
    let mut pieces = vec![1];
    for &cut in &cuts[..length - 1] {
        if cut {
            pieces.push(1)
        } else {
            *pieces.last_mut().unwrap() += 1
        }
    }
    pieces
}

#[test]
fn any_split_gives_the_same_logits() {
    let model = model("long", Dtype::F32);
    let vocab = model.config().decoder.vocab_size as i32;
    let strategy = (
        prop::collection::vec(3..200i32, 2..40),
        prop::collection::vec(any::<bool>(), 40),
    );
    same_cases(24)
        .run(&strategy, |(ids, cuts)| {
            let ids: Vec<i32> = ids.into_iter().map(|id| id % vocab).collect();
            let encoded = encode(&model, &[vec![2, 9, 8, 7]], None);
            let whole = logits(
                &model,
                &encoded,
                &ids,
                &[ids.len()],
                &mut model.new_cache(&encoded),
            );
            let mut cache = model.new_cache(&encoded);
            let split = logits(
                &model,
                &encoded,
                &ids,
                &pieces(ids.len(), &cuts),
                &mut cache,
            );
            prop_assert!(difference(&split, &whole, 1, None) <= TOLERANCE);
            Ok(())
        })
        .unwrap();
}

/// Rotary positions are relative, so even the shift by left padding must not show.
#[test]
fn padding_and_company_do_not_matter() {
    let model = model("grouped", Dtype::F32);
    let alone = encode(&model, &[vec![2, 30, 40, 50]], None);
    let ids = [2, 11, 12, 13, 14];
    let wanted = logits(&model, &alone, &ids, &[5], &mut model.new_cache(&alone));
    let rows = [
        vec![0, 0, 0, 2, 30, 40, 50],
        vec![2, 5, 6, 7, 8, 9, 10],
        vec![2, 30, 40, 50, 0, 0, 0],
    ];
    let mask = rows.iter().flatten().map(|&id| (id != 0) as i32).collect();
    let encoded = encode(&model, &rows, Some(mask));
    let inputs = DecoderInputs {
        length: 5,
        input_ids: ids.repeat(3),
        ..Default::default()
    };
    let batch = model
        .decode(&encoded, inputs, &mut model.new_cache(&encoded))
        .unwrap();
    let batch: Vec<f32> = batch.logits.unwrap().into_data().iter::<f32>().collect();
    let row = batch.len() / 3;
    assert!(
        difference(&batch[..row], &wanted, 1, None) <= TOLERANCE,
        "left padding"
    );
    let right = difference(&batch[2 * row..], &wanted, 1, None);
    assert!(right <= TOLERANCE, "right padding: {right}");
    assert!(
        difference(&batch[row..2 * row], &wanted, 1, None) > 1e-2,
        "another input gives other logits"
    );
}

/// The slots of docs/memory.md.
#[test]
fn full_layers_grow_by_blocks_and_sliding_ones_keep_their_window() {
    let model = model("long", Dtype::F32);
    let config = &model.config().decoder;
    let encoded = encode(&model, &[vec![2, 9, 8]], None);
    let slots = |tokens: usize| -> Vec<usize> {
        let of = |layer: &LayerType| match layer {
            LayerType::Sliding => config.sliding_window,
            LayerType::Full => 256 * tokens.div_ceil(256).max(1),
        };
        config.layer_types.iter().map(of).collect()
    };
    assert!(slots(1).iter().any(|&slots| slots < 256) && slots(1).contains(&256));
    let mut cache = model.new_cache(&encoded);
    assert_eq!(cache.capacities(), slots(0));
    for piece in [1, 254, 1, 1, 255, 100] {
        let ids: Vec<i32> = (0..piece).map(|i| 3 + i % 90).collect();
        logits(&model, &encoded, &ids, &[piece as usize], &mut cache);
        assert_eq!(cache.capacities(), slots(cache.seen()));
    }
    assert_eq!(cache.seen(), 612);
}

/// Guesses at the tokens after the first of each piece: some are right, the others are taken back.
#[test]
fn tokens_taken_back_leave_no_trace() {
    const SPARE: usize = 3;
    let model = model("long", Dtype::F32);
    let vocab = model.config().decoder.vocab_size as i32;
    let strategy = (
        prop::collection::vec(3..200i32, 30..60),
        prop::collection::vec((1..=SPARE + 2, 0..=SPARE + 1), 60),
        any::<bool>(),
    );
    same_cases(24)
        .run(&strategy, |(ids, guesses, masked)| {
            let ids: Vec<i32> = ids.into_iter().map(|id| id % vocab).collect();
            let encoded = encode(&model, &[vec![2, 9, 8, 7]], None);
            let mut mask = vec![1; ids.len() + SPARE + 2];
            mask[..2].fill(i32::from(!masked));
            let decode = |cache: &mut Cache, piece: &[i32]| {
                let inputs = DecoderInputs {
                    length: piece.len(),
                    input_ids: piece.to_vec(),
                    attention_mask: Some(mask[..cache.seen() + piece.len()].to_vec()),
                    ..Default::default()
                };
                let output = model.decode(&encoded, inputs, cache).unwrap();
                let logits = output.logits.unwrap().into_data();
                logits.iter::<f32>().collect::<Vec<f32>>()
            };
            let whole = decode(&mut model.new_cache(&encoded), &ids);
            let mut cache = model.new_cache_with_spare(&encoded, SPARE);
            let mut pieced = Vec::new();
            for (length, wrong) in guesses {
                let at = cache.seen();
                let right = length.saturating_sub(wrong).max(1).min(ids.len() - at);
                let mut piece = ids[at..at + right].to_vec();
                piece.resize(length.max(right), (ids[at] + 1) % vocab);
                let logits = decode(&mut cache, &piece);
                pieced.extend(&logits[..right * vocab as usize]);
                cache.take_back(piece.len() - right).unwrap();
                if cache.seen() == ids.len() {
                    break;
                }
            }
            let whole = &whole[..pieced.len()];
            prop_assert!(difference(&pieced, whole, 1, None) <= TOLERANCE);
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_full_ring_gives_back_only_what_it_still_has() {
    let model = model("long", Dtype::F32);
    let window = model.config().decoder.sliding_window;
    let encoded = encode(&model, &[vec![2, 9, 8]], None);
    let mut cache = model.new_cache_with_spare(&encoded, 2);
    let ids = vec![5; window + 2];
    logits(&model, &encoded, &ids, &[window + 2], &mut cache);
    cache.take_back(window).unwrap();
    logits(&model, &encoded, &ids, &[window + 2], &mut cache);
    assert!(cache.take_back(4).is_err(), "the window's oldest is gone");
    cache.take_back(2).unwrap();
    assert!(cache.take_back(2).is_err(), "they add up");
    cache.take_back(1).unwrap();
    assert_eq!(cache.seen(), window + 1);
    assert!(cache.take_back(window + 2).is_err(), "more than there are");
}
