//! What the decoder's new tokens see.

use crate::cache::Cache;
use crate::config::{LayerType, TextConfig};
use crate::decoder::repeat_rows;
use crate::encoder::EncoderOutput;
use crate::error::Result;
use crate::inputs::check_decoder_mask;
use crate::pairs::{Added, PairMask, PairMasks, of_tokens, side_by_side};

/// What new tokens see of the decoder's and the encoder's.
pub(crate) enum Sight {
    /// What is before them, behind a mask [batch, all tokens] of padding, and the encoder's output behind its own.
    Tokens(Option<Vec<i32>>),
    /// What a caller's masks say, of the keys that a layer keeps, the new ones and the encoder's.
    Pairs(Added),
}

/// A caller's masks.
pub(crate) struct Masks {
    /// [batch, tokens in the cache + length] of 1 and 0.
    pub tokens: Option<Vec<i32>>,
    /// In their place.
    pub pairs: Option<PairMasks>,
    /// In place of the encoder output's.
    pub encoder_pairs: Option<PairMasks>,
}

impl Masks {
    /// Check them for `length` tokens that follow those in a cache.
    ///
    /// # Errors
    /// [`Error::Input`](crate::Error::Input) where shapes do not fit.
    pub fn sight(
        self,
        config: &TextConfig,
        encoded: &EncoderOutput,
        cache: &Cache,
        length: usize,
    ) -> Result<Sight> {
        let (batch, total) = (cache.batch(), cache.seen() + length);
        let tokens = check_decoder_mask(self.tokens, batch, total)?;
        if self.pairs.is_none() && self.encoder_pairs.is_none() {
            return Ok(Sight::Tokens(tokens));
        }
        let (device, heads) = (encoded.hidden.device(), config.num_attention_heads);
        let other = match &self.encoder_pairs {
            Some(pairs) => {
                let fits = [batch, heads, length, encoded.length];
                // As in the oracle, the encoder is seen alike by layers of both types.
                pairs.of("attentionMask", LayerType::Full)?.tensor(
                    "attentionMask",
                    fits,
                    &device,
                )?
            }
            None => {
                let valid = encoded.valid.clone();
                let valid = valid.map(|valid| repeat_rows(valid, batch / encoded.batch));
                of_tokens(valid, [batch, length, encoded.length], &device)
            }
        };
        let merged = |layer_type| {
            let window = (layer_type == LayerType::Sliding).then_some(config.sliding_window);
            let keys = cache.handed_out(length, window);
            let own = match &self.pairs {
                Some(pairs) => pairs.of("decoderAttentionMask", layer_type)?.clone(),
                None => PairMask::causal(tokens.as_deref(), total, [batch, length, keys], window),
            };
            let fits = [batch, heads, length, keys];
            let own = own.tensor("decoderAttentionMask", fits, &device)?;
            Ok(side_by_side(own, other.clone()))
        };
        Added::new(config, merged).map(Sight::Pairs)
    }
}
