//! Sorting scores: NaN above everything, equal scores by index.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// An integer that orders as the score does.
fn rank(score: f32) -> u32 {
    if score.is_nan() {
        return u32::MAX;
    }
    let bits = (score + 0.0).to_bits(); // -0 becomes 0
    if bits >> 31 == 1 {
        !bits
    } else {
        bits | 1 << 31
    }
}

/// Indices from the smallest score to the largest, without those that `skip` names. Equal scores keep their order.
pub(super) fn ascending(scores: &[f32], skip: impl Fn(usize) -> bool) -> Vec<usize> {
    // One integer a score sorts several times faster than a comparison of floats.
    let mut keys: Vec<u64> = (0..scores.len())
        .filter(|&i| !skip(i))
        .map(|i| u64::from(rank(scores[i])) << 32 | i as u64)
        .collect();
    keys.sort_unstable();
    keys.into_iter().map(|key| key as u32 as usize).collect()
}

/// Indices and scores of the `count` largest, best first; the lower index first among equals.
pub(crate) fn top(scores: impl Iterator<Item = f32>, count: usize) -> Vec<(usize, f32)> {
    let mut best: BinaryHeap<Reverse<u64>> = BinaryHeap::with_capacity(count + 1);
    for (index, score) in scores.enumerate() {
        let key = u64::from(rank(score)) << 32 | u64::from(!(index as u32));
        if best.len() < count {
            best.push(Reverse(key));
        } else if let Some(mut least) = best.peek_mut().filter(|least| key > least.0) {
            *least = Reverse(key);
        }
    }
    best.into_sorted_vec()
        .into_iter()
        .map(|Reverse(key)| (!(key as u32) as usize, score_of((key >> 32) as u32)))
        .collect()
}

/// Undo [`rank`].
fn score_of(rank: u32) -> f32 {
    match rank {
        u32::MAX => f32::NAN,
        _ if rank >> 31 == 1 => f32::from_bits(rank & !(1 << 31)),
        _ => f32::from_bits(!rank),
    }
}

/// The `count`-th largest score, or the smallest where there are fewer.
pub(super) fn nth_largest(scores: &[f32], count: usize) -> f32 {
    let best = top(scores.iter().copied(), count.min(scores.len()));
    best.last().map_or(f32::NEG_INFINITY, |&(_, score)| score)
}
