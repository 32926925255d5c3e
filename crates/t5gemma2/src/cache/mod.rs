//! The decoder's keys and values of earlier tokens.

mod ring;

use burn::tensor::{Device, Int, Tensor, TensorData};
use t5gemma2_ops as ops;

use crate::config::{LayerType, TextConfig};
use crate::error::{Error, Result};
use crate::nn::HeadsOf;
use ring::{GROWTH, LayerCache, newest_slots, token_in_slot, unroll};

/// Self-attention keys and values of every decoder layer.
///
/// A layer holds `c` slots; the token at absolute index `p` is in slot `p % c`. A full layer grows so that it never wraps;
/// a sliding layer has as many slots as its window and overwrites the oldest. With spare slots besides, so many of the
/// newest tokens may be taken back: what they overwrote had left the window.
#[derive(Clone)]
pub struct Cache {
    layers: Vec<LayerCache>,
    /// Tokens seen, here and on the device.
    seen: usize,
    /// Tokens on the device, `counted` of them: with the next one included where the choice of a token counts on. `None` only
    /// while it does.
    total: Option<Tensor<1, Int>>,
    counted: usize,
    /// Per row, 1 or 0 for every token seen, as the last call had it; `None` where all count.
    mask: Option<Vec<Vec<i32>>>,
    batch: usize,
    /// Tokens whose slots were written to, those that were taken back included.
    written: usize,
}

/// Keys and values for one layer's attention of `length` new tokens: slot `j` of `c` holds the token at absolute index
/// `(n - 1) - ((n - 1 - j) mod c)`, where n is the number of tokens including the new ones.
pub(crate) struct Attendable {
    pub keys: Tensor<4>,
    pub values: Tensor<4>,
    /// [batch, c] of 1 and 0.
    pub valid: Option<Tensor<2, Int>>,
    /// Tokens that the oracle's cache would hand out, the newest ones.
    kept: usize,
    seen: usize,
}

impl Attendable {
    /// Slots of the tokens that the oracle's cache would hand out, in their order.
    pub fn token_slots(&self) -> Vec<i32> {
        newest_slots(self.kept, self.seen, self.keys.dims()[2])
    }
}

/// The tokens of one decoder call.
pub(crate) struct Extension {
    pub length: usize,
    /// Tokens including the new ones, on the device.
    pub total: Tensor<1, Int>,
}

impl Cache {
    /// An empty cache for `batch` rows.
    pub(crate) fn new(config: &TextConfig, batch: usize, device: &Device) -> Self {
        Self::with_spare(config, batch, 0, device)
    }

    /// An empty cache for `batch` rows whose sliding layers have `spare` slots beyond their window.
    pub(crate) fn with_spare(
        config: &TextConfig,
        batch: usize,
        spare: usize,
        device: &Device,
    ) -> Self {
        let layers = config
            .layer_types
            .iter()
            .map(|layer_type| {
                let window = (*layer_type == LayerType::Sliding).then_some(config.sliding_window);
                let shape = [
                    batch,
                    config.num_key_value_heads,
                    window.map_or(GROWTH, |window| window + spare),
                    config.head_dim,
                ];
                LayerCache {
                    rings: Some((Tensor::zeros(shape, device), Tensor::zeros(shape, device))),
                    slots: shape[2],
                    window,
                }
            })
            .collect();
        let total = Tensor::from_data(TensorData::new(vec![0i32], [1]), device);
        Self {
            layers,
            seen: 0,
            total: Some(total),
            counted: 0,
            mask: None,
            batch,
            written: 0,
        }
    }

    /// Forget the newest `tokens` tokens.
    ///
    /// # Errors
    /// [`Error::Input`] for more tokens than there are, or than a sliding layer can give back: its spare slots and one, once
    /// its ring is full.
    pub fn take_back(&mut self, tokens: usize) -> Result<()> {
        let left = self.seen.checked_sub(tokens);
        let overwritten = |layer: &LayerCache, left| {
            let window = layer.window.unwrap_or(0);
            self.written > layer.slots && self.written + window > left + layer.slots + 1
        };
        let left = left
            .filter(|&left| !self.layers.iter().any(|layer| overwritten(layer, left)))
            .ok_or_else(|| {
                let reason = format!("cannot give back {tokens} of its {} tokens", self.seen);
                Error::input("pastKeyValues", reason)
            })?;
        if tokens > 0 {
            self.seen = left;
            for row in self.mask.iter_mut().flatten() {
                row.truncate(left);
            }
        }
        Ok(())
    }

    /// Tokens that the oracle's cache would hand out to `length` new ones, those included, in a layer with a window or without.
    pub(crate) fn handed_out(&self, length: usize, window: Option<usize>) -> usize {
        kept(self.seen, window) + length
    }

    /// Tokens that earlier calls left here.
    pub fn seen(&self) -> usize {
        self.seen
    }

    /// Rows.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Slots of each layer.
    pub fn capacities(&self) -> Vec<usize> {
        self.layers.iter().map(|layer| layer.slots).collect()
    }

    /// Layers.
    pub fn layers(&self) -> usize {
        self.layers.len()
    }

    /// Keys and values [batch, kv_heads, tokens, d] of a layer, the oldest token first: all that were seen, or in a sliding
    /// layer the newest `window - 1`, as the oracle keeps them. `None` for a layer that there isn't, and before the first token.
    pub fn layer(&self, layer: usize) -> Option<(Tensor<4>, Tensor<4>)> {
        let cache = self.layers.get(layer)?;
        let (keys, values) = cache.rings.clone()?;
        let kept = kept(self.seen, cache.window);
        if kept == 0 {
            return None;
        }
        let slots = newest_slots(kept, self.seen, cache.slots);
        let slots = Tensor::<1, Int>::from_data(TensorData::new(slots, [kept]), &keys.device());
        Some((keys.select(2, slots.clone()), values.select(2, slots)))
    }

    /// Every row `repeats` times, next to each other.
    ///
    /// # Errors
    /// [`Error::Input`] for no repeats.
    pub fn repeat(&mut self, repeats: usize) -> Result<()> {
        if repeats == 0 {
            return Err(Error::input("repeats", "must be at least 1"));
        }
        let rows = (0..self.batch).flat_map(|row| std::iter::repeat_n(row, repeats));
        self.reorder(&rows.collect::<Vec<_>>());
        Ok(())
    }

    /// Let each row go on from another one: row `i` from `sources[i]`.
    pub(crate) fn reorder(&mut self, sources: &[usize]) {
        self.batch = sources.len();
        let rows: Vec<i32> = sources.iter().map(|&source| source as i32).collect();
        let rows = Tensor::<1, Int>::from_data(
            TensorData::new(rows, [sources.len()]),
            &self.total().device(),
        );
        for layer in &mut self.layers {
            layer.rings = layer.rings.take().map(|(keys, values)| {
                (keys.select(0, rows.clone()), values.select(0, rows.clone()))
            });
        }
        self.mask = self
            .mask
            .take()
            .map(|mask| sources.iter().map(|&source| mask[source].clone()).collect());
    }

    /// Make room for `length` more tokens; `mask` covers the past and the new ones, [batch, seen + length], and without
    /// one all of them count.
    pub(crate) fn begin(&mut self, length: usize, mask: Option<Vec<i32>>) -> Extension {
        let after = self.seen + length;
        for layer in self
            .layers
            .iter_mut()
            .filter(|layer| layer.window.is_none())
        {
            layer.reserve(after);
        }
        self.mask = mask.map(|mask| mask.chunks(after).map(<[i32]>::to_vec).collect());
        if self.counted != after {
            let by = after as i32 - self.counted as i32;
            self.total = Some(ops::increment(self.total(), by));
            self.counted = after;
        }
        self.seen = after;
        self.written = self.written.max(after);
        Extension {
            length,
            total: self.total(),
        }
    }

    /// Let `choose` count on by one token on the device, for the next call of [`Self::begin`] to find.
    pub(crate) fn count_on(&mut self, choose: impl FnOnce(Tensor<1, Int>) -> Tensor<1, Int>) {
        self.total = self.total.take().map(choose);
        self.counted += 1;
    }

    /// Take in that the device read `steps` tokens a row, one after another, and counted on by as many.
    pub(crate) fn replayed(&mut self, steps: usize) {
        self.seen += steps;
        self.counted += steps;
        self.written = self.written.max(self.seen);
    }

    /// Take in that the last token was not read after all, nor counted: the device only took note of how.
    pub(crate) fn recorded(&mut self) {
        self.seen -= 1;
        self.counted -= 1;
    }

    /// Tokens that fit before a layer has to grow.
    pub(crate) fn room(&self) -> usize {
        let full = self.layers.iter().filter(|layer| layer.window.is_none());
        full.map(|layer| layer.slots.saturating_sub(self.seen))
            .min()
            .unwrap_or(usize::MAX)
    }

    /// The newest tokens that every layer can give back, however many were read.
    pub(crate) fn spare(&self) -> usize {
        let windows = self.layers.iter();
        let windows = windows.filter_map(|layer| Some(layer.slots - layer.window?));
        windows.min().unwrap_or(usize::MAX)
    }

    fn total(&self) -> Tensor<1, Int> {
        self.total
            .clone()
            .unwrap_or_else(|| unreachable!("the count is put back"))
    }

    /// Split a layer's projections into heads, store the new keys and values, and hand out the queries [batch, heads, length, d]
    /// and what they may look at.
    pub(crate) fn extend(
        &mut self,
        layer: usize,
        extension: &Extension,
        heads: HeadsOf<'_>,
    ) -> (Tensor<4>, Attendable) {
        let HeadsOf {
            attention,
            qkv,
            positions,
        } = heads;
        let cache = &mut self.layers[layer];
        let capacity = cache.slots;
        let before = self.seen - extension.length;
        let device = qkv.device();
        let total = extension.total.clone();
        let rings = cache
            .rings
            .take()
            .unwrap_or_else(|| unreachable!("rings are put back below"));
        // With several new tokens in a ring that is full, the newest may overwrite what the first of them still sees.
        let needed = cache
            .window
            .map_or(0, |window| window + extension.length - 1);
        let wraps = self.seen > capacity && needed > capacity;
        let (q, stored, unrolled) = if wraps {
            let (q, keys, values) = attention.heads(qkv, positions);
            let new = (&keys, &values);
            let unrolled = unroll(&rings, new, capacity, self.seen, extension.length);
            let stored = (
                ops::append(rings.0, keys, total.clone()),
                ops::append(rings.1, values, total),
            );
            (q, stored, Some(unrolled))
        } else {
            let (q, stored) = attention.heads_into(qkv, positions, rings, total);
            (q, stored, None)
        };
        cache.rings = Some(stored.clone());
        let (keys, values) = unrolled.unwrap_or(stored);
        let slots = keys.dims()[2];
        let kept = kept(before, cache.window) + extension.length;
        let valid = self.valid(slots, &device);
        let own = Attendable {
            keys,
            values,
            valid,
            kept,
            seen: self.seen,
        };
        (q, own)
    }

    /// The mask by slot, for `capacity` slots.
    fn valid(&self, capacity: usize, device: &Device) -> Option<Tensor<2, Int>> {
        let rows = self.mask.as_ref()?;
        let slot_mask = |row: &Vec<i32>, slot| {
            row.get(token_in_slot(slot, capacity, self.seen))
                .copied()
                .unwrap_or(0)
        };
        let by_slot: Vec<i32> = rows
            .iter()
            .flat_map(|row| (0..capacity).map(move |slot| slot_mask(row, slot)))
            .collect();
        Some(Tensor::from_data(
            TensorData::new(by_slot, [self.batch, capacity]),
            device,
        ))
    }
}

/// Of `tokens` earlier ones, those that the oracle's cache keeps: its sliding layers have one less than their window, since the new
/// one comes on top.
fn kept(tokens: usize, window: Option<usize>) -> usize {
    window.map_or(tokens, |window| tokens.min(window - 1))
}
