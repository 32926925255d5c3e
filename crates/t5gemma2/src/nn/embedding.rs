//! `T5Gemma2TextScaledWordEmbedding`: token embeddings, scaled, with a row of its own for the end of a picture.

use burn::tensor::{Int, Tensor};
use std::rc::Rc;
use t5gemma2_ops::Matrix;

use crate::error::Result;
use crate::weights::Weights;

/// Shared by whatever is tied to it.
#[derive(Clone)]
pub(crate) struct Embedding {
    weight: Rc<Matrix>,
    eoi_embedding: Tensor<1>,
    eoi_token: i32,
    scale: f32,
}

impl Embedding {
    /// The embedding of `side` ("encoder" or "decoder"), of width `hidden_size`.
    pub fn new(
        weights: &mut Weights,
        side: &str,
        hidden_size: usize,
        eoi_token: i32,
    ) -> Result<Self> {
        Ok(Self {
            weight: Rc::new(weights.matrix(&format!("{side}.embed_tokens.weight"))?),
            eoi_embedding: weights.dense(&format!("{side}.embed_tokens.eoi_embedding"))?,
            eoi_token,
            scale: (hidden_size as f64).sqrt() as f32,
        })
    }

    /// The matrix, which a tied LM head multiplies with.
    pub fn weight(&self) -> Rc<Matrix> {
        self.weight.clone()
    }

    /// The same matrix with the end-of-image row of another checkpoint tensor, or another matrix with the same row.
    pub fn with(&self, weight: Option<Matrix>, eoi_embedding: Option<Tensor<1>>) -> Self {
        Self {
            weight: weight.map(Rc::new).unwrap_or_else(|| self.weight.clone()),
            eoi_embedding: eoi_embedding.unwrap_or_else(|| self.eoi_embedding.clone()),
            ..*self
        }
    }

    /// ids: [n], each within the vocabulary -> [n, hidden].
    pub fn forward(&self, ids: Tensor<1, Int>) -> Tensor<2> {
        let eoi = (self.eoi_token, self.eoi_embedding.clone());
        self.weight.embed(ids, self.scale, Some(eoi))
    }
}
