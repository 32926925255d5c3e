//! Whoever a text is batched with, however it is padded and cut into calls, and whether masks say so token by token or pair by
//! pair: its logits are the same.

mod support;

use proptest::prelude::*;
use support::{difference, model, same_cases};
use t5gemma2::{DecoderInputs, Dtype, EncoderInputs, EncoderOutput, Model, PairMask, PairMasks};

/// Two answers that may each be 1e-4 from the exact one. These checkpoints blow rounding up: a row with padding and alone differ
/// by 6.3e-5 in the oracle too, and its float32 from its float64 by 6.9e-5 (`grouped`, two encoder tokens, six of the decoder).
const TOLERANCE: f32 = 2e-4;

/// A row's tokens, and padding on both sides to begin with.
#[derive(Debug, Clone)]
struct Padded {
    ids: Vec<i32>,
    left: usize,
    right: usize,
}

/// Rows as wide as the widest, [batch, width], and their mask.
struct Block {
    ids: Vec<Vec<i32>>,
    mask: Vec<Vec<i32>>,
}

impl Block {
    fn new(rows: &[&Padded]) -> Self {
        let width = rows.iter().map(|row| row.left + row.ids.len() + row.right);
        let width = width.max().unwrap();
        let filled = |row: &&Padded, values: &[i32]| {
            let mut filled = vec![0; row.left];
            filled.extend(values);
            filled.resize(width, 0);
            filled
        };
        Self {
            ids: rows.iter().map(|row| filled(row, &row.ids)).collect(),
            mask: rows
                .iter()
                .map(|row| filled(row, &vec![1; row.ids.len()]))
                .collect(),
        }
    }

    /// Positions that count a row's own tokens: the encoder's keys have none, so a decoder's padding would show.
    fn positions(&self) -> Vec<Vec<i32>> {
        let count = |row: &Vec<i32>| {
            let counted = row.iter().scan(0, |seen, &valid| {
                *seen += valid;
                Some((*seen - 1).max(0))
            });
            counted.collect()
        };
        self.mask.iter().map(count).collect()
    }

    fn width(&self) -> usize {
        self.ids[0].len()
    }
}

fn encode(model: &Model, block: &Block) -> EncoderOutput {
    let inputs = EncoderInputs {
        batch: block.ids.len(),
        length: block.width(),
        input_ids: block.ids.concat(),
        attention_mask: Some(block.mask.concat()),
        ..Default::default()
    };
    model.encode(inputs).unwrap()
}

/// What the decoder sees by the model's own rules, said pair by pair, for tokens `seen..seen + length`.
fn said_by_pairs(model: &Model, mask: &[Vec<i32>], seen: usize, length: usize) -> PairMasks {
    let window = model.config().decoder.sliding_window;
    let pairs = |window: usize| {
        let kept = seen.min(window - 1);
        let mut added = Vec::new();
        for row in mask {
            for query in seen..seen + length {
                added.extend((seen - kept..seen + length).map(|key| {
                    let is_seen = key <= query && query - key < window && row[key] == 1;
                    if is_seen { 0.0 } else { f32::NEG_INFINITY }
                }));
            }
        }
        PairMask {
            shape: [mask.len(), 1, length, kept + length],
            added,
        }
    };
    PairMasks::ByType {
        full: Some(pairs(usize::MAX / 2)),
        sliding: Some(pairs(window)),
    }
}

/// Logits [batch, width, vocab] of a block that is read in pieces of these lengths.
fn logits(
    model: &Model,
    encoder: &Block,
    decoder: &Block,
    pieces: &[usize],
    by_pairs: bool,
) -> Vec<Vec<f32>> {
    let encoded = encode(model, encoder);
    let (batch, vocab) = (decoder.ids.len(), model.config().decoder.vocab_size);
    let mut cache = model.new_cache(&encoded);
    let mut rows = vec![Vec::new(); batch];
    let mut seen = 0;
    for &length in pieces {
        let cut = |rows: &[Vec<i32>], from: usize| -> Vec<i32> {
            let rows = rows.iter();
            rows.flat_map(|row| row[from..seen + length].to_vec())
                .collect()
        };
        let shown = |mask: &Vec<i32>| -> Vec<f32> {
            let row: Vec<f32> = mask
                .iter()
                .map(|&valid| [f32::MIN, 0.0][valid as usize])
                .collect();
            row.repeat(length)
        };
        let inputs = DecoderInputs {
            length,
            input_ids: cut(&decoder.ids, seen),
            position_ids: Some(cut(&decoder.positions(), seen)),
            attention_mask: (!by_pairs).then(|| cut(&decoder.mask, 0)),
            pair_masks: by_pairs.then(|| said_by_pairs(model, &decoder.mask, seen, length)),
            encoder_pairs: by_pairs.then(|| {
                PairMasks::Every(PairMask {
                    shape: [batch, 1, length, encoder.width()],
                    added: encoder.mask.iter().flat_map(shown).collect(),
                })
            }),
            ..Default::default()
        };
        let output = model.decode(&encoded, inputs, &mut cache).unwrap();
        let data: Vec<f32> = output.logits.unwrap().into_data().iter::<f32>().collect();
        let parts = data.chunks(length * vocab);
        rows.iter_mut()
            .zip(parts)
            .for_each(|(row, part)| row.extend(part));
        seen += length;
    }
    rows
}

/// Lengths that add up to `width`, cut where the flags say so.
fn pieces(width: usize, cuts: &[bool]) -> Vec<usize> {
    let mut pieces = vec![1];
    for &cut in &cuts[..width - 1] {
        match cut {
            true => pieces.push(1),
            false => *pieces.last_mut().unwrap() += 1,
        }
    }
    pieces
}

fn padded(longest: usize) -> impl Strategy<Value = Padded> {
    let ids = prop::collection::vec(3..200i32, 1..longest);
    (ids, 0..4usize, 0..4usize).prop_map(|(ids, left, right)| Padded { ids, left, right })
}

fn check(name: &str, by_pairs: bool, cases: u32) {
    let model = model(name, Dtype::F32);
    let vocab = model.config().decoder.vocab_size;
    let rows = prop::collection::vec((padded(8), padded(14)), 1..4);
    let cuts = prop::collection::vec(any::<bool>(), 24);
    let strategy = (rows.prop_shuffle(), cuts);
    let alone = |padded: &Padded| Padded {
        left: 0,
        right: 0,
        ..padded.clone()
    };
    same_cases(cases)
        .run(&strategy, |(rows, cuts)| {
            let encoder = Block::new(&rows.iter().map(|row| &row.0).collect::<Vec<_>>());
            let decoder = Block::new(&rows.iter().map(|row| &row.1).collect::<Vec<_>>());
            let pieces = pieces(decoder.width(), &cuts);
            let together = logits(&model, &encoder, &decoder, &pieces, by_pairs);
            for ((input, answer), got) in rows.iter().zip(together) {
                let (input, text) = (Block::new(&[&alone(input)]), Block::new(&[&alone(answer)]));
                let wanted = logits(&model, &input, &text, &[text.width()], false);
                let first = answer.left * vocab;
                let got = &got[first..first + answer.ids.len() * vocab];
                prop_assert!(difference(got, &wanted[0], 1, None) <= TOLERANCE);
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn any_batch_padding_and_split_gives_the_logits_of_each_row_alone() {
    check("grouped", false, 32);
    check("inputs", false, 32);
}

#[test]
fn masks_of_pairs_that_say_the_same_give_the_same() {
    check("grouped", true, 32);
    check("inputs", true, 32);
}
