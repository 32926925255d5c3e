//! `T5Gemma2Encoder`: bidirectional text layers over tokens and picture features.

use burn::tensor::{Device, Int, Tensor, TensorData};
use std::cell::OnceCell;
use std::rc::Rc;
use t5gemma2_ops::{self as ops, AttentionMask};

use crate::config::Config;
use crate::decoder::repeat_rows;
use crate::error::{Error, Result};
use crate::inputs::{check_mask, check_source, positions};
use crate::nn::{Embedding, Stack};
use crate::pairs::{Added, PairMasks, attend};
use crate::recording::{Record, Recorded, Recorder, attention_weights};
use crate::vision::{PixelValues, Vision};
use crate::weights::Weights;

/// What the encoder reads.
#[derive(Debug, Clone, Default)]
pub struct EncoderInputs {
    /// Rows.
    pub batch: usize,
    /// Tokens a row.
    pub length: usize,
    /// [batch, length], row-major.
    pub input_ids: Vec<i32>,
    /// [batch, length]: 1 for a token, 0 for padding on either side. Default: all 1.
    pub attention_mask: Option<Vec<i32>>,
    /// [batch, length], or [length] for all rows. Default: 0, 1, 2 ...
    pub position_ids: Option<Vec<i32>>,
    /// Pictures, which replace the image tokens in order.
    pub pixel_values: Option<PixelValues>,
    /// [batch, length, hidden] in place of `input_ids`, which are then empty.
    pub inputs_embeds: Option<Vec<f32>>,
    /// The image tokens among [batch * length] `inputs_embeds`, in order, if there are pictures: see
    /// [`Model::image_places`](crate::Model::image_places).
    pub image_places: Vec<usize>,
    /// In place of `attention_mask`, of [batch, heads, length, length].
    pub pair_masks: Option<PairMasks>,
    /// What to keep besides the last state.
    pub record: Record,
}

/// Keys and values [batch, kv_heads, length, d] of each decoder layer.
pub(crate) type CrossKeys = Vec<(Tensor<4>, Tensor<4>)>;

/// What the encoder made of an input, for any number of decoder runs.
pub struct EncoderOutput {
    pub(crate) hidden: Tensor<2>,
    pub(crate) batch: usize,
    pub(crate) length: usize,
    /// [batch, length] of 1 and 0; `None` where nothing is masked.
    pub(crate) valid: Option<Tensor<2, Int>>,
    /// Keys and values a decoder layer, computed when first needed and shared by all views of the states.
    pub(crate) cross: Rc<OnceCell<CrossKeys>>,
    /// The token ids, a row each; `None` where there were embeddings.
    pub(crate) ids: Option<Vec<Vec<i32>>>,
    recorded: Recorded,
}

impl EncoderOutput {
    /// States [batch, length, hidden] that came from elsewhere, with the mask [batch, length] of their padding.
    pub(crate) fn from_states(states: Tensor<3>, mask: Option<Vec<i32>>) -> Result<Self> {
        let [batch, length, hidden] = states.dims();
        let valid = mask_tensor(
            check_mask("attentionMask", mask, batch, length)?,
            batch,
            length,
            &states.device(),
        );
        let hidden = states.reshape([batch * length, hidden]);
        Ok(Self {
            hidden,
            batch,
            length,
            valid,
            cross: Rc::default(),
            ids: None,
            recorded: Recorded::default(),
        })
    }

    /// The same states behind another mask [batch, length].
    ///
    /// # Errors
    /// [`Error::Input`] where the mask does not fit.
    pub fn with_mask(&self, mask: Option<Vec<i32>>) -> Result<Self> {
        let other = Self::from_states(self.last_hidden_state(), mask)?;
        Ok(Self {
            cross: self.cross.clone(),
            ids: self.ids.clone(),
            ..other
        })
    }

    /// The same with each row as often, next to each other, as makes so many.
    ///
    /// # Errors
    /// [`Error::Input`] for no multiple of the rows that there are.
    pub fn of_rows(&self, rows: usize) -> Result<Self> {
        if rows == 0 || !rows.is_multiple_of(self.batch) {
            let reason = format!("have {} rows, which do not make {rows}", self.batch);
            return Err(Error::input("encoderOutputs", reason));
        }
        let repeats = rows / self.batch;
        let ids = |ids: &Vec<Vec<i32>>| {
            let rows = ids.iter();
            rows.flat_map(|row| std::iter::repeat_n(row.clone(), repeats))
                .collect()
        };
        let states = repeat_rows(self.last_hidden_state(), repeats);
        Ok(Self {
            hidden: states.reshape([-1, self.hidden.dims()[1] as i32]),
            batch: rows,
            length: self.length,
            valid: self.valid.clone().map(|valid| repeat_rows(valid, repeats)),
            cross: self.repeated_cross(repeats),
            ids: self.ids.as_ref().map(ids),
            recorded: Recorded::default(),
        })
    }

    /// The same with the decoder's keys and values of another output, as a cache that began with that one has it.
    ///
    /// # Errors
    /// [`Error::Input`] where lengths differ, or rows are no multiple of the other's.
    pub fn with_cross_of(&self, other: &Self) -> Result<Self> {
        if other.length != self.length || !self.batch.is_multiple_of(other.batch) {
            let reason = format!(
                "began with {} rows of {} encoder tokens, but there are {} of {} now",
                other.batch, other.length, self.batch, self.length
            );
            return Err(Error::input("pastKeyValues", reason));
        }
        let cross = match other.cross.get() {
            Some(_) => other.repeated_cross(self.batch / other.batch),
            None => self.cross.clone(),
        };
        Ok(Self {
            hidden: self.hidden.clone(),
            valid: self.valid.clone(),
            cross,
            ids: self.ids.clone(),
            recorded: self.recorded.clone(),
            ..*self
        })
    }

    fn repeated_cross(&self, repeats: usize) -> Rc<OnceCell<CrossKeys>> {
        match self.cross.get() {
            _ if repeats == 1 => self.cross.clone(),
            None => Rc::default(),
            Some(cross) => {
                let repeated = |(keys, values): &(Tensor<4>, Tensor<4>)| {
                    let of = |x: &Tensor<4>| repeat_rows(x.clone(), repeats);
                    (of(keys), of(values))
                };
                Rc::new(OnceCell::from(
                    cross.iter().map(repeated).collect::<CrossKeys>(),
                ))
            }
        }
    }

    /// [batch, length, hidden].
    pub fn dims(&self) -> [usize; 3] {
        [self.batch, self.length, self.hidden.dims()[1]]
    }

    /// The last hidden state, [batch, length, hidden]. Rows of padding hold no meaning.
    pub fn last_hidden_state(&self) -> Tensor<3> {
        self.hidden.clone().reshape(self.dims())
    }

    /// The keys and values [batch, kv_heads, length, d] that a decoder layer sees; `None` before the decoder's first run.
    pub fn cross(&self, layer: usize) -> Option<(Tensor<4>, Tensor<4>)> {
        self.cross.get()?.get(layer).cloned()
    }

    /// What [`EncoderInputs::record`] asked for.
    pub fn recorded(&self) -> &Recorded {
        &self.recorded
    }
}

fn mask_tensor(
    mask: Option<Vec<i32>>,
    batch: usize,
    length: usize,
    device: &Device,
) -> Option<Tensor<2, Int>> {
    mask.map(|mask| Tensor::from_data(TensorData::new(mask, [batch, length]), device))
}

pub(crate) struct Encoder {
    pub embed_tokens: Embedding,
    stack: Stack,
}

impl Encoder {
    pub fn new(weights: &mut Weights, config: &Config, device: &Device) -> Result<Self> {
        let text = &config.encoder;
        Ok(Self {
            embed_tokens: Embedding::new(weights, "encoder", text.hidden_size, config.eoi_token)?,
            stack: Stack::new(weights, "encoder", text, device)?,
        })
    }

    pub fn forward(
        &self,
        inputs: EncoderInputs,
        vision: Option<&Vision>,
        config: &Config,
        device: &Device,
    ) -> Result<EncoderOutput> {
        let EncoderInputs {
            batch,
            length,
            input_ids,
            attention_mask,
            position_ids,
            pixel_values,
            inputs_embeds,
            image_places,
            pair_masks,
            record,
        } = inputs;
        let text = &config.encoder;
        let shape = [batch, length, text.hidden_size];
        check_source(
            &input_ids,
            inputs_embeds.as_deref(),
            ["inputIds", "inputsEmbeds"],
            shape,
            text.vocab_size,
        )?;
        let mask = check_mask("attentionMask", attention_mask, batch, length)?;
        let positions = positions("positionIds", position_ids, batch, length, 0, device)?;
        let fits = [batch, text.num_attention_heads, length, length];
        let added = pair_masks.map(|masks| {
            let tensor = |kind| {
                masks
                    .of("attentionMask", kind)?
                    .tensor("attentionMask", fits, device)
            };
            Added::new(text, tensor)
        });
        let added = added.transpose()?;
        let image_places = match inputs_embeds {
            Some(_) => image_places,
            None => (0..input_ids.len())
                .filter(|&i| input_ids[i] == config.image_token)
                .collect(),
        };
        if let Some(pixels) = &pixel_values {
            pixels.check(config)?;
            check_image_places(&image_places, batch * length, pixels, config)?;
        }
        let valid = mask_tensor(mask, batch, length, device);
        let rows = inputs_embeds
            .is_none()
            .then(|| input_ids.chunks(length).map(<[i32]>::to_vec).collect());
        let mut x = match inputs_embeds {
            Some(embeds) => Tensor::from_data(
                TensorData::new(embeds, [batch * length, text.hidden_size]),
                device,
            ),
            None => {
                let ids = TensorData::new(input_ids, [batch * length]);
                self.embed_tokens.forward(Tensor::from_data(ids, device))
            }
        };
        if let Some(pixels) = &pixel_values {
            let vision = vision.ok_or_else(|| {
                Error::input("pixelValues", "came before the vision weights were loaded")
            })?;
            x = place_features(x, vision.forward(pixels, device), &image_places);
        }
        let mut recorder = Recorder::new(record, shape);
        let hidden = self
            .stack
            .forward(x, &mut recorder, |_, attention, qkv, recorder| {
                let (q, k, v) = attention.heads(qkv, positions.clone());
                let added = added.as_ref().and_then(|added| added.of(attention.window));
                if let Some(added) = added {
                    let (attended, weights) = attend(q, k, v, added, attention.scale);
                    if recorder.wants_attentions() {
                        recorder.attention(weights);
                    }
                    return attention.output(attended);
                }
                let window = attention.window.map(|w| (w.div_ceil(2), w / 2 + 1));
                let mask = AttentionMask {
                    valid: valid.clone(),
                    window,
                };
                if recorder.wants_attentions() {
                    recorder.attention(attention_weights(
                        q.clone(),
                        k.clone(),
                        &mask,
                        attention.scale,
                    ));
                }
                let attended = ops::attention(q, k, v, &mask, attention.scale, None);
                attention.output(attended)
            });
        let recorded = recorder.finish(&hidden);
        Ok(EncoderOutput {
            hidden,
            batch,
            length,
            valid,
            cross: Rc::default(),
            ids: rows,
            recorded,
        })
    }
}

/// Replace the rows at these places by features, in order.
fn place_features(x: Tensor<2>, features: Tensor<2>, places: &[usize]) -> Tensor<2> {
    let count = x.dims()[0];
    let mut rows: Vec<i32> = (0..count as i32).collect();
    for (feature, &place) in places.iter().enumerate() {
        rows[place] = (count + feature) as i32;
    }
    let rows = Tensor::<1, Int>::from_data(TensorData::new(rows, [count]), &x.device());
    Tensor::cat(vec![x, features], 0).select(0, rows)
}

fn check_image_places(
    places: &[usize],
    tokens: usize,
    pixels: &PixelValues,
    config: &Config,
) -> Result<()> {
    let features = pixels.count * config.mm_tokens_per_image;
    if places.len() != features || places.iter().any(|&place| place >= tokens) {
        let reason = format!(
            "hold {} pictures, which fill {features} image tokens (id {}), but the inputs have {}",
            pixels.count,
            config.image_token,
            places.len()
        );
        return Err(Error::input("pixelValues", reason));
    }
    Ok(())
}
