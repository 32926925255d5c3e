//! `T5Gemma2Decoder`: causal layers whose attention also covers the encoder's output.

use burn::tensor::kind::Basic;
use burn::tensor::{Device, Int, Tensor, TensorData};
use t5gemma2_ops::MergedAttention;

use crate::cache::{Attendable, Cache};
use crate::config::{Config, TextConfig};
use crate::encoder::EncoderOutput;
use crate::error::Result;
use crate::nn::{Embedding, HeadsOf, Layer, Stack};
use crate::pairs::attend;
use crate::recording::{Recorder, merged_weights};
use crate::sight::Sight;
use crate::weights::Weights;

pub(crate) struct Decoder {
    pub embed_tokens: Embedding,
    stack: Stack,
}

impl Decoder {
    pub fn new(
        weights: &mut Weights,
        config: &Config,
        embed_tokens: Embedding,
        device: &Device,
    ) -> Result<Self> {
        let text: &TextConfig = &config.decoder;
        Ok(Self {
            embed_tokens,
            stack: Stack::new(weights, "decoder", text, device)?,
        })
    }

    /// Bytes of the weights that a token goes through, its row of the embedding aside.
    pub fn bytes(&self) -> usize {
        self.stack.layers().iter().map(Layer::bytes).sum()
    }

    /// Embedded tokens [batch * length, hidden] at positions [batch, length] -> normed states [batch * length, hidden].
    ///
    /// The cache takes the tokens in, and `sight` covers its past and the new ones. Nothing is read from the device, and with
    /// one token a row nothing is written to it, unless a mask has to follow the ring.
    pub fn forward(
        &self,
        x: Tensor<2>,
        positions: Tensor<2, Int>,
        encoded: &EncoderOutput,
        sight: Sight,
        cache: &mut Cache,
        recorder: &mut Recorder,
    ) -> Tensor<2> {
        let length = positions.dims()[1];
        let (mask, added) = match sight {
            Sight::Tokens(mask) => (mask, None),
            Sight::Pairs(added) => (None, Some(added)),
        };
        let extension = cache.begin(length, mask);
        let cross = encoded.cross.get_or_init(|| {
            let project = |layer: &Layer| {
                layer
                    .self_attn
                    .project_encoder(encoded.hidden.clone(), encoded.batch)
            };
            self.stack.layers().iter().map(project).collect()
        });
        self.stack
            .forward(x, recorder, |index, attention, qkv, recorder| {
                let heads = HeadsOf {
                    attention,
                    qkv,
                    positions: positions.clone(),
                };
                let (q, own) = cache.extend(index, &extension, heads);
                let (keys, values) = cross[index].clone();
                let added = added.as_ref().and_then(|added| added.of(attention.window));
                if let Some(added) = added {
                    let repeat = q.dims()[0] / encoded.batch;
                    let cross = (repeat_rows(keys, repeat), repeat_rows(values, repeat));
                    let attended = attend_pairs(q, own, cross, added, attention.scale, recorder);
                    return attention.output(attended);
                }
                let token_slots = recorder.wants_attentions().then(|| own.token_slots());
                let inputs = MergedAttention {
                    q,
                    self_k: own.keys,
                    self_v: own.values,
                    self_valid: own.valid,
                    encoder_k: keys,
                    encoder_v: values,
                    encoder_valid: encoded.valid.clone(),
                    total: extension.total.clone(),
                    window: attention.window,
                    scale: attention.scale,
                    softcap: None,
                };
                if let Some(token_slots) = token_slots {
                    record_weights(recorder, &inputs, token_slots);
                }
                attention.merged_output(inputs)
            })
    }
}

fn attend_pairs(
    q: Tensor<4>,
    own: Attendable,
    cross: (Tensor<4>, Tensor<4>),
    added: Tensor<4>,
    scale: f32,
    recorder: &mut Recorder,
) -> Tensor<2> {
    let slots = own.token_slots();
    let count = slots.len();
    let slots = Tensor::<1, Int>::from_data(TensorData::new(slots, [count]), &q.device());
    let keys = Tensor::cat(vec![own.keys.select(2, slots.clone()), cross.0], 2);
    let values = Tensor::cat(vec![own.values.select(2, slots), cross.1], 2);
    let all = keys.dims()[2];
    let (attended, weights) = attend(q, keys, values, added, scale);
    if recorder.wants_attentions() {
        let [batch, heads, length, _] = weights.dims();
        let part = |keys| {
            let weights = weights.clone();
            weights.slice([0..batch, 0..heads, 0..length, keys])
        };
        recorder.attention(part(0..count));
        recorder.cross_attention(part(count..all));
    }
    attended
}

/// The two parts of one softmax, as the oracle reports them: over the decoder's own tokens, and over the encoder's.
fn record_weights(recorder: &mut Recorder, inputs: &MergedAttention, token_slots: Vec<i32>) {
    let weights = merged_weights(inputs);
    let [batch, heads, length, all] = weights.dims();
    let slots = inputs.self_k.dims()[2];
    let count = token_slots.len();
    let order = Tensor::from_data(TensorData::new(token_slots, [count]), &weights.device());
    recorder.attention(weights.clone().select(3, order));
    recorder.cross_attention(weights.slice([0..batch, 0..heads, 0..length, slots..all]));
}

/// Every row of the batch `repeat` times, next to each other.
pub(crate) fn repeat_rows<const D: usize, K: Basic>(
    rows: Tensor<D, K>,
    repeat: usize,
) -> Tensor<D, K> {
    if repeat == 1 {
        return rows;
    }
    let batch = rows.dims()[0];
    let index: Vec<i32> = (0..batch * repeat)
        .map(|row| (row / repeat) as i32)
        .collect();
    let index =
        Tensor::<1, Int>::from_data(TensorData::new(index, [batch * repeat]), &rows.device());
    rows.select(0, index)
}
