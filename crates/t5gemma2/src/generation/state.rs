//! The decoder's side of a generation: its cache and the tokens it reads next.

use burn::tensor::{Int, Tensor, TensorData};
use std::rc::Rc;

use super::options::Prompt;
use crate::cache::Cache;
use crate::encoder::EncoderOutput;
use crate::error::Result;
use crate::inputs::positions;
use crate::model::Model;

pub(super) struct DecoderState {
    encoded: Rc<EncoderOutput>,
    cache: Cache,
    /// The prompt at first, then the newest token of each row: [rows * length], on the device.
    tokens: Tensor<1, Int>,
    /// Of `tokens`: [rows, length].
    positions: Tensor<2, Int>,
    /// Over the prompt and what followed, a row each; `None` where nothing is masked.
    mask: Option<Vec<Vec<i32>>>,
}

impl DecoderState {
    /// Every row of the prompt and of the encoder's output `repeat` times, next to each other.
    pub fn new(
        model: &Model,
        encoded: Rc<EncoderOutput>,
        prompt: &Prompt,
        repeat: usize,
    ) -> Result<Self> {
        let (device, length) = (model.device(), prompt.length);
        let rows = encoded.batch * repeat;
        let repeated = |values: &[i32]| -> Vec<i32> {
            values
                .chunks(length)
                .flat_map(|row| row.repeat(repeat))
                .collect()
        };
        Ok(Self {
            cache: Cache::new(&model.config().decoder, rows, device),
            tokens: Tensor::from_data(
                TensorData::new(repeated(&prompt.ids), [rows * length]),
                device,
            ),
            positions: positions("decoderPositionIds", None, rows, length, 0, device)?,
            mask: prompt
                .mask
                .as_ref()
                .map(|mask| repeated(mask).chunks(length).map(<[i32]>::to_vec).collect()),
            encoded,
        })
    }

    /// Read the tokens: logits [rows, vocab] of the last one of each row.
    ///
    /// From the second call on a call writes nothing to the device, unless a mask has to follow, and reads nothing from it.
    pub fn advance(&mut self, model: &Model) -> Result<Tensor<2>> {
        let [rows, length] = self.positions.dims();
        let mask = self.mask.as_ref().map(|mask| mask.concat());
        self.mask.iter_mut().flatten().for_each(|row| row.push(1));
        let states = model.states(
            self.tokens.clone(),
            self.positions.clone(),
            &self.encoded,
            mask,
            &mut self.cache,
        )?;
        let hidden = states.dims()[1];
        let last = match length {
            1 => states,
            _ => states
                .reshape([rows, length, hidden])
                .slice([0..rows, length - 1..length, 0..hidden])
                .reshape([rows, hidden]),
        };
        self.positions = self.positions.clone().slice([0..rows, length - 1..length]) + 1;
        Ok(model.logits(last))
    }

    /// The tokens to read next, [rows], already on the device.
    pub fn feed(&mut self, tokens: Tensor<1, Int>) {
        self.tokens = tokens;
    }

    /// The tokens to read next, and the row whose cache each row goes on from.
    pub fn feed_from_host(&mut self, tokens: Vec<i32>, sources: Option<&[usize]>) {
        let rows = tokens.len();
        self.tokens = Tensor::from_data(TensorData::new(tokens, [rows]), &self.tokens.device());
        let moved = sources.filter(|sources| {
            sources
                .iter()
                .enumerate()
                .any(|(row, &source)| row != source)
        });
        if let Some(sources) = moved {
            self.cache.reorder(sources);
            self.mask = self
                .mask
                .take()
                .map(|mask| sources.iter().map(|&source| mask[source].clone()).collect());
        }
    }
}
