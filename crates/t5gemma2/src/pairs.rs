//! Masks of pairs of a query and a key, and attention behind them. They are a caller's own, and rare: plain tensors do.

use burn::tensor::{Device, Int, Tensor, TensorData};

use t5gemma2_ops::Matrix;

use crate::config::{LayerType, TextConfig};
use crate::error::{Error, Result};

/// What stands for "not seen"; what a caller gives is not below it.
const HIDDEN: f32 = f32::MIN;

/// What is added to the score of each query and key. It takes the place of causality, windows and padding.
#[derive(Debug, Clone, PartialEq)]
pub struct PairMask {
    /// [batch or 1, heads or 1, queries, keys].
    pub shape: [usize; 4],
    /// Row-major: 0 for a key that is seen, `f32::NEG_INFINITY` or `f32::MIN` for one that is not.
    pub added: Vec<f32>,
}

/// The masks of all layers.
#[derive(Debug, Clone, PartialEq)]
pub enum PairMasks {
    /// One for every layer.
    Every(PairMask),
    /// One each for layers with full and with sliding attention; one that no layer needs may be left out.
    ByType {
        /// For `full_attention`.
        full: Option<PairMask>,
        /// For `sliding_attention`.
        sliding: Option<PairMask>,
    },
}

/// What to add to scores, by the type of a layer: [batch or 1, heads or 1, queries, keys].
#[derive(Clone)]
pub(crate) struct Added {
    full: Option<Tensor<4>>,
    sliding: Option<Tensor<4>>,
}

impl Added {
    /// What `make` gives for the types of layers that there are.
    pub fn new(
        config: &TextConfig,
        mut make: impl FnMut(LayerType) -> Result<Tensor<4>>,
    ) -> Result<Self> {
        let mut of = |layer_type| {
            let occurs = config.layer_types.contains(&layer_type);
            occurs.then(|| make(layer_type)).transpose()
        };
        Ok(Self {
            full: of(LayerType::Full)?,
            sliding: of(LayerType::Sliding)?,
        })
    }

    /// For a layer with a window or without.
    pub fn of(&self, window: Option<usize>) -> Option<Tensor<4>> {
        match window {
            None => self.full.clone(),
            Some(_) => self.sliding.clone(),
        }
    }
}

impl PairMasks {
    /// The mask for layers of a type.
    ///
    /// # Errors
    /// [`Error::Input`] where it is missing.
    pub(crate) fn of(&self, argument: &str, layer_type: LayerType) -> Result<&PairMask> {
        let (found, name) = match (self, layer_type) {
            (Self::Every(mask), _) => (Some(mask), ""),
            (Self::ByType { full, .. }, LayerType::Full) => (full.as_ref(), "fullAttention"),
            (Self::ByType { sliding, .. }, LayerType::Sliding) => {
                (sliding.as_ref(), "slidingAttention")
            }
        };
        found.ok_or_else(|| Error::input(argument, format!("has no {name}")))
    }
}

impl PairMask {
    /// On the device, if it fits [batch, heads, queries, keys].
    pub(crate) fn tensor(
        &self,
        argument: &str,
        fits: [usize; 4],
        device: &Device,
    ) -> Result<Tensor<4>> {
        let [batch, heads, queries, keys] = fits;
        let shape = self.shape;
        let broadcast = [(0, batch), (1, heads)]
            .iter()
            .all(|&(at, size)| shape[at] == 1 || shape[at] == size);
        if !broadcast
            || shape[2..] != fits[2..]
            || self.added.len() != shape.iter().product::<usize>()
        {
            let reason = format!(
                "has {} values for a shape of {shape:?}; [{batch} or 1, {heads} or 1, {queries}, {keys}] is needed",
                self.added.len()
            );
            return Err(Error::input(argument, reason));
        }
        if self.added.iter().any(|x| x.is_nan() || *x == f32::INFINITY) {
            return Err(Error::input(argument, "must not hold NaN or infinity"));
        }
        let added: Vec<f32> = self.added.iter().map(|x| x.max(HIDDEN)).collect();
        Ok(Tensor::from_data(TensorData::new(added, shape), device))
    }

    /// What the decoder's newest `queries` tokens see of the newest `keys` ones of `total`, behind a mask [batch, total] of
    /// padding: [batch, 1, queries, keys].
    pub(crate) fn causal(
        mask: Option<&[i32]>,
        total: usize,
        [batch, queries, keys]: [usize; 3],
        window: Option<usize>,
    ) -> Self {
        let mut added = Vec::with_capacity(batch * queries * keys);
        for row in 0..batch {
            for query in total - queries..total {
                for key in total - keys..total {
                    let near = window.is_none_or(|window| query < key + window);
                    let valid = mask.is_none_or(|mask| mask[row * total + key] != 0);
                    let seen = key <= query && near && valid;
                    added.push(if seen { 0.0 } else { HIDDEN });
                }
            }
        }
        Self {
            shape: [batch, 1, queries, keys],
            added,
        }
    }
}

/// What a mask [batch, keys] of 1 and 0 lets every query see: [batch, 1, queries, keys]; all of them without one.
pub(crate) fn of_tokens(
    valid: Option<Tensor<2, Int>>,
    [batch, queries, keys]: [usize; 3],
    device: &Device,
) -> Tensor<4> {
    let shape = [batch, 1, queries, keys];
    let Some(valid) = valid else {
        return Tensor::zeros(shape, device);
    };
    let hidden = valid.equal_elem(0).reshape([batch, 1, 1, keys]);
    Tensor::zeros([batch, 1, 1, keys], device)
        .mask_fill(hidden, HIDDEN)
        .expand(shape)
}

/// Two masks side by side, along the keys.
pub(crate) fn side_by_side(left: Tensor<4>, right: Tensor<4>) -> Tensor<4> {
    let ([a, b, queries, _], [c, d, ..]) = (left.dims(), right.dims());
    let widened = |mask: Tensor<4>| {
        let keys = mask.dims()[3];
        mask.expand([a.max(c), b.max(d), queries, keys])
    };
    Tensor::cat(vec![widened(left), widened(right)], 3)
}

/// `softmax(scale · q · kᵀ + added) · v` with grouped heads as in [`t5gemma2_ops::attention`], and its weights
/// [batch, heads, queries, keys]. A query that sees nothing gives zeros.
///
/// # Shapes
/// `q` `[batch, heads, queries, d]`, `k` and `v` `[batch, kv_heads, keys, d]` -> `[batch · queries, heads · d]`
pub(crate) fn attend(
    q: Tensor<4>,
    k: Tensor<4>,
    v: Tensor<4>,
    added: Tensor<4>,
    scale: f32,
) -> (Tensor<2>, Tensor<4>) {
    let [batch, heads, queries, d] = q.dims();
    let [_, groups, keys, _] = k.dims();
    // Heads that share keys are rows of one product.
    let rows = heads / groups * queries;
    let together = |x: Tensor<4>, cols: usize| x.reshape([batch * groups, rows, cols]);
    let alone = |x: Tensor<4>| x.reshape([batch * groups, keys, d]);
    let added = added.expand([batch, heads, queries, keys]);
    let scores = products(together(q, d), alone(k)).reshape([batch, heads, queries, keys]);
    let scores = scores * scale + added.clone();
    let largest = scores.clone().max_dim(3);
    let seen = added.greater_elem(HIDDEN).float();
    let weights = (scores - largest).exp() * seen;
    let sum = weights.clone().sum_dim(3);
    let weights = weights / sum.clone().mask_fill(sum.equal_elem(0.0), 1.0);
    let values = alone(v).swap_dims(1, 2);
    let attended = products(together(weights.clone(), keys), values)
        .reshape([batch, heads, queries, d])
        .swap_dims(1, 2);
    (attended.reshape([batch * queries, heads * d]), weights)
}

/// `left · rightᵀ` of each pair of matrices.
///
/// # Shapes
/// `left` `[pairs, n, cols]`, `right` `[pairs, rows, cols]` -> `[pairs, n, rows]`
fn products(left: Tensor<3>, right: Tensor<3>) -> Tensor<3> {
    let [pairs, n, cols] = left.dims();
    let rows = right.dims()[1];
    let product = |pair: usize| {
        let left = left.clone().narrow(0, pair, 1).reshape([n, cols]);
        let right = right.clone().narrow(0, pair, 1).reshape([rows, cols]);
        Matrix::from(right).linear(left)
    };
    Tensor::stack((0..pairs).map(product).collect(), 0)
}
