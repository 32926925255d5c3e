//! Slots that are written to in turn.

use burn::tensor::{Int, Tensor, TensorData};

/// Slots by which the cache of a full layer grows.
pub(super) const GROWTH: usize = 256;

#[derive(Clone)]
pub(super) struct LayerCache {
    /// Keys and values [batch, kv_heads, slots, d]; `None` only while they are being written to.
    pub rings: Option<(Tensor<4>, Tensor<4>)>,
    pub slots: usize,
    pub window: Option<usize>,
}

impl LayerCache {
    /// Have room for so many tokens.
    pub fn reserve(&mut self, tokens: usize) {
        if tokens <= self.slots {
            return;
        }
        let more = tokens.next_multiple_of(GROWTH) - self.slots;
        self.slots += more;
        self.rings = self.rings.take().map(|(keys, values)| {
            let [batch, heads, _, dim] = keys.dims();
            let room = Tensor::zeros([batch, heads, more, dim], &keys.device());
            (
                Tensor::cat(vec![keys, room.clone()], 2),
                Tensor::cat(vec![values, room], 2),
            )
        });
    }
}

/// The kept tokens of a ring and `length` new ones in a ring that holds them all.
pub(super) fn unroll(
    rings: &(Tensor<4>, Tensor<4>),
    new: (&Tensor<4>, &Tensor<4>),
    capacity: usize,
    seen: usize,
    length: usize,
) -> (Tensor<4>, Tensor<4>) {
    let before = seen - length;
    let slots = before.min(capacity) + length;
    let rows: Vec<i32> = (0..slots)
        .map(|slot| {
            let index = token_in_slot(slot, slots, seen);
            (if index < before {
                index % capacity
            } else {
                capacity + index - before
            }) as i32
        })
        .collect();
    let rows = Tensor::<1, Int>::from_data(TensorData::new(rows, [slots]), &rings.0.device());
    let pick = |ring: &Tensor<4>, new: &Tensor<4>| {
        Tensor::cat(vec![ring.clone(), new.clone()], 2).select(2, rows.clone())
    };
    (pick(&rings.0, new.0), pick(&rings.1, new.1))
}

/// Absolute index of the token in a slot once `seen` tokens have come; `usize::MAX` for a slot never written.
pub(super) fn token_in_slot(slot: usize, capacity: usize, seen: usize) -> usize {
    let newest = seen as isize - 1;
    let index = newest - (newest - slot as isize).rem_euclid(capacity as isize);
    usize::try_from(index).unwrap_or(usize::MAX)
}

/// Slots of the newest `count` of `seen` tokens, the oldest first.
pub(super) fn newest_slots(count: usize, seen: usize, capacity: usize) -> Vec<i32> {
    (seen - count..seen)
        .map(|token| (token % capacity) as i32)
        .collect()
}
