//! A run of the decoder.

use burn::tensor::{Int, Tensor, TensorData};

use super::Model;
use crate::cache::Cache;
use crate::encoder::EncoderOutput;
use crate::error::{Error, Result};
use crate::inputs::{check_source, positions};
use crate::keep::{Keep, Kept};
use crate::pairs::PairMasks;
use crate::recording::{Record, Recorded, Recorder};
use crate::sight::{Masks, Sight};

/// What the decoder reads.
#[derive(Debug, Clone, Default)]
pub struct DecoderInputs {
    /// Tokens a row.
    pub length: usize,
    /// [batch, length], row-major.
    pub input_ids: Vec<i32>,
    /// [batch, length, hidden] in place of `input_ids`, which are then empty.
    pub inputs_embeds: Option<Vec<f32>>,
    /// [batch, tokens in the cache + length]: 1 for a token, 0 for padding; of a shorter one the rest counts as 0.
    /// Default: all 1.
    pub attention_mask: Option<Vec<i32>>,
    /// [batch, length], or [length] for all rows. Default: counted on from the cache.
    pub position_ids: Option<Vec<i32>>,
    /// In place of `attention_mask`, of [batch, heads, length, tokens that the layer keeps + length]; a sliding layer keeps its
    /// window less one.
    pub pair_masks: Option<PairMasks>,
    /// In place of the encoder output's own mask, of [batch, heads, length, encoder length].
    pub encoder_pairs: Option<PairMasks>,
    /// The tokens whose logits are computed.
    pub keep: Keep,
    /// What to keep besides the result.
    pub record: Record,
}

/// What the decoder made.
pub struct DecoderOutput {
    /// [batch, length, hidden].
    pub last_hidden_state: Tensor<3>,
    /// [batch, kept, vocab], or [batch, kept, labels]; of [`Keep::Where`] one row. `None` for a base model.
    pub logits: Option<Tensor<3>>,
    /// What [`DecoderInputs::record`] asked for.
    pub recorded: Recorded,
}

impl Model {
    /// Run the decoder on tokens that follow those in the cache, and take them into it. There may be several rows of them for
    /// each of the encoder's, next to each other.
    ///
    /// # Errors
    /// [`Error::Input`] that names the argument, row and column at fault; the cache is then unchanged.
    pub fn decode(
        &self,
        encoded: &EncoderOutput,
        inputs: DecoderInputs,
        cache: &mut Cache,
    ) -> Result<DecoderOutput> {
        let DecoderInputs {
            length,
            input_ids,
            inputs_embeds,
            attention_mask,
            position_ids,
            pair_masks,
            encoder_pairs,
            keep,
            record,
        } = inputs;
        let text = &self.config.decoder;
        let (batch, hidden) = (cache.batch(), text.hidden_size);
        if !batch.is_multiple_of(encoded.batch) {
            let reason = format!(
                "hold {batch} rows, no multiple of the encoder output's {}",
                encoded.batch
            );
            return Err(Error::input("pastKeyValues", reason));
        }
        let decoder = self.decoder()?;
        let names = ["decoderInputIds", "decoderInputsEmbeds"];
        check_source(
            &input_ids,
            inputs_embeds.as_deref(),
            names,
            [batch, length, hidden],
            text.vocab_size,
        )?;
        let masks = Masks {
            tokens: attention_mask,
            pairs: pair_masks,
            encoder_pairs,
        };
        let sight = masks.sight(text, encoded, cache, length)?;
        let positions = positions(
            "decoderPositionIds",
            position_ids,
            batch,
            length,
            cache.seen(),
            &self.device,
        )?;
        let kept = keep.of(batch, length)?;
        let x = match inputs_embeds {
            Some(embeds) => Tensor::from_data(
                TensorData::new(embeds, [batch * length, hidden]),
                &self.device,
            ),
            None => {
                let ids = TensorData::new(input_ids, [batch * length]);
                decoder
                    .embed_tokens
                    .forward(Tensor::from_data(ids, &self.device))
            }
        };
        let mut recorder = Recorder::new(record, [batch, length, hidden]);
        let states = decoder.forward(x, positions, encoded, sight, cache, &mut recorder);
        let recorded = recorder.finish(&states);
        let logits = self.has_head().then(|| {
            let (states, [rows, count]) = match kept {
                None => (states.clone(), [batch, length]),
                Some(Kept { tokens, shape }) => {
                    let tokens = TensorData::new(tokens, [shape[0] * shape[1]]);
                    let tokens = Tensor::<1, Int>::from_data(tokens, &self.device);
                    (states.clone().select(0, tokens), shape)
                }
            };
            let logits = self.logits(states);
            let width = logits.dims()[1];
            logits.reshape([rows, count, width])
        });
        let last_hidden_state = states.reshape([batch, length, hidden]);
        Ok(DecoderOutput {
            last_hidden_state,
            logits,
            recorded,
        })
    }

    /// Normed states [batch * length, hidden] of tokens on the device, and what was kept besides.
    pub(crate) fn states(
        &self,
        ids: Tensor<1, Int>,
        positions: Tensor<2, Int>,
        encoded: &EncoderOutput,
        mask: Option<Vec<i32>>,
        cache: &mut Cache,
        record: Record,
    ) -> Result<(Tensor<2>, Recorded)> {
        let decoder = self.decoder()?;
        let [batch, length] = positions.dims();
        let shape = [batch, length, self.config.decoder.hidden_size];
        let mut recorder = Recorder::new(record, shape);
        let x = decoder.embed_tokens.forward(ids);
        let sight = Sight::Tokens(mask);
        let states = decoder.forward(x, positions, encoded, sight, cache, &mut recorder);
        let recorded = recorder.finish(&states);
        Ok((states, recorded))
    }
}
