//! Hidden states and attentions on request, in the oracle's shapes.

use burn::tensor::{Tensor, TensorData};
use t5gemma2_ops::{self as ops, AttentionMask, MergedAttention};

/// What to keep of a run besides its result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Record {
    /// The embeddings and the states after each layer, the last one normed.
    pub hidden_states: bool,
    /// The attention weights of each layer.
    pub attentions: bool,
}

/// What was kept.
#[derive(Clone, Default)]
pub struct Recorded {
    /// [batch, length, hidden] each: the embeddings, then one a layer, the last one normed.
    pub hidden_states: Option<Vec<Tensor<3>>>,
    /// [batch, heads, length, keys] each, one a layer.
    pub attentions: Option<Vec<Tensor<4>>>,
    /// Of a decoder: [batch, heads, length, encoder length] each, one a layer.
    pub cross_attentions: Option<Vec<Tensor<4>>>,
}

/// Takes notes during a run.
pub(crate) struct Recorder {
    record: Record,
    shape: [usize; 3],
    recorded: Recorded,
}

impl Recorder {
    /// For states of `shape` [batch, length, hidden].
    pub fn new(record: Record, shape: [usize; 3]) -> Self {
        let recorded = Recorded {
            hidden_states: record.hidden_states.then(Vec::new),
            attentions: record.attentions.then(Vec::new),
            cross_attentions: None,
        };
        Self {
            record,
            shape,
            recorded,
        }
    }

    pub fn wants_states(&self) -> bool {
        self.record.hidden_states
    }

    pub fn wants_attentions(&self) -> bool {
        self.record.attentions
    }

    pub fn state(&mut self, x: &Tensor<2>) {
        if let Some(states) = &mut self.recorded.hidden_states {
            states.push(x.clone().reshape(self.shape));
        }
    }

    pub fn attention(&mut self, weights: Tensor<4>) {
        self.recorded
            .attentions
            .get_or_insert_default()
            .push(weights);
    }

    pub fn cross_attention(&mut self, weights: Tensor<4>) {
        self.recorded
            .cross_attentions
            .get_or_insert_default()
            .push(weights);
    }

    /// The notes; the state after the last layer gives way to its normed form, as in the oracle.
    pub fn finish(mut self, normed: &Tensor<2>) -> Recorded {
        if let Some(states) = &mut self.recorded.hidden_states {
            states.pop();
            states.push(normed.clone().reshape(self.shape));
        }
        self.recorded
    }
}

/// The weights [batch, heads, t, s] of [`ops::attention`].
///
/// The kernels keep no weights, so they attend to the columns of an identity matrix instead of values, a head's width of
/// them at a time: what comes out of column `i` is the weight of key `i`.
pub(crate) fn attention_weights(
    q: Tensor<4>,
    k: Tensor<4>,
    mask: &AttentionMask,
    scale: f32,
) -> Tensor<4> {
    let [.., keys, _] = k.dims();
    weights_of(q.dims(), keys, |columns| {
        ops::attention(
            q.clone(),
            k.clone(),
            identity(&k, 0, columns),
            mask,
            scale,
            None,
        )
    })
}

/// The weights [batch, heads, t, slots + s] of [`ops::merged_attention`].
pub(crate) fn merged_weights(inputs: &MergedAttention) -> Tensor<4> {
    let (slots, keys) = (inputs.self_k.dims()[2], inputs.encoder_k.dims()[2]);
    weights_of(inputs.q.dims(), slots + keys, |columns| {
        ops::merged_attention(MergedAttention {
            self_v: identity(&inputs.self_k, 0, columns),
            encoder_v: identity(&inputs.encoder_k, slots, columns),
            ..inputs.clone()
        })
    })
}

fn weights_of(q: [usize; 4], keys: usize, attend: impl Fn(usize) -> Tensor<2>) -> Tensor<4> {
    let [batch, heads, length, width] = q;
    let columns = (0..keys).step_by(width).map(|first| {
        let part = attend(first)
            .reshape([batch, length, heads, width])
            .swap_dims(1, 2);
        part.slice([0..batch, 0..heads, 0..length, 0..width.min(keys - first)])
    });
    Tensor::cat(columns.collect(), 3)
}

/// Values for keys [b, h, n, d] that are rows `from..from + n` and columns `first..first + d` of an identity matrix.
fn identity(keys: &Tensor<4>, from: usize, first: usize) -> Tensor<4> {
    let [batch, heads, rows, width] = keys.dims();
    let one = |i: usize| (from + i / width == first + i % width) as u8 as f32;
    let values: Vec<f32> = (0..rows * width).map(one).collect();
    Tensor::<4>::from_data(TensorData::new(values, [1, 1, rows, width]), &keys.device())
        .expand([batch, heads, rows, width])
}
