//! `config.json` of a T5Gemma 2 checkpoint: what the computation needs, with the oracle's defaults and checks.

mod fields;
mod rope;
mod text;
mod vision;

pub use rope::{Rope, RopeScaling};
pub use text::{LayerType, TextConfig};
pub use vision::VisionConfig;

use crate::error::{Error, Result};
use fields::Fields;

/// The whole model's configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The text side of the encoder.
    pub encoder: TextConfig,
    /// The decoder; its width and vocabulary equal the encoder's.
    pub decoder: TextConfig,
    /// The SigLIP tower.
    pub vision: VisionConfig,
    /// Tokens that one picture becomes, a square number.
    pub mm_tokens_per_image: usize,
    /// Id of the token that picture features replace.
    pub image_token: i32,
    /// Id of the end-of-image token, which has an embedding of its own.
    pub eoi_token: i32,
    /// Whether the LM head and the decoder's embedding are the encoder's embedding.
    pub tie_word_embeddings: bool,
    /// Labels of a classification head.
    pub num_labels: usize,
}

impl Config {
    /// Parse and check the text of a `config.json`.
    ///
    /// # Errors
    /// [`Error::Config`] with the path of the first field that is missing, of the wrong kind, or asks for what isn't implemented.
    pub fn from_json(text: &str) -> Result<Self> {
        let json: serde_json::Value = serde_json::from_str(text)
            .map_err(|e| Error::config("config.json", format!("is not valid JSON: {e}")))?;
        let root = Fields::root(&json)?;
        let model_type = root.text("model_type", "t5gemma2")?;
        if model_type != "t5gemma2" {
            return Err(root.error(
                "model_type",
                format!("must be \"t5gemma2\", not \"{model_type}\""),
            ));
        }
        if !root.flag("is_encoder_decoder", true)? {
            return Err(root.error(
                "is_encoder_decoder",
                "must be true: T5Gemma 2 is an encoder-decoder",
            ));
        }
        let empty = serde_json::json!({});
        let empty = Fields::root(&empty)?;
        let encoder_fields = root.object("encoder")?.unwrap_or_else(|| empty.clone());
        let encoder = TextConfig::read(
            &encoder_fields
                .object("text_config")?
                .unwrap_or_else(|| empty.clone()),
        )?;
        let vision = VisionConfig::read(
            &encoder_fields
                .object("vision_config")?
                .unwrap_or_else(|| empty.clone()),
        )?;
        let decoder = TextConfig::read(&root.object("decoder")?.unwrap_or(empty))?;
        for (name, ours, theirs) in [
            ("hidden_size", decoder.hidden_size, encoder.hidden_size),
            ("vocab_size", decoder.vocab_size, encoder.vocab_size),
        ] {
            if ours != theirs {
                let reason = format!(
                    "is {ours} but encoder.text_config.{name} is {theirs}: they must be equal"
                );
                return Err(Error::config(format!("decoder.{name}"), reason));
            }
        }
        Ok(Self {
            mm_tokens_per_image: encoder_fields.count("mm_tokens_per_image", 256, 1)?,
            // The oracle takes the image token from the top level and the eoi token from the encoder.
            image_token: either(&root, "image_token_id", "image_token_index", 256_001)?,
            eoi_token: either(&encoder_fields, "eoi_token_id", "eoi_token_index", 256_000)?,
            tie_word_embeddings: root.flag("tie_word_embeddings", true)?,
            num_labels: match (
                root.object("id2label")?,
                root.optional_count("num_labels", 1)?,
            ) {
                // The oracle drops names of another number.
                (_, Some(count)) => count,
                (Some(labels), None) => labels.map().len(),
                (None, None) => 2,
            },
            encoder,
            decoder,
            vision,
        })
    }

    /// Refuse a vision tower whose patches don't make the tokens of a picture; text alone does without.
    pub(crate) fn check_pooling(&self) -> Result<()> {
        let side = self.tokens_per_side();
        let patches = self.vision.patches_per_side();
        let made = patches.checked_div(patches / side).unwrap_or(0);
        if made * made != self.mm_tokens_per_image {
            let reason = format!(
                "is {}, but pooling {patches} x {patches} patches by {} gives {made} x {made} tokens",
                self.mm_tokens_per_image,
                patches / side
            );
            return Err(Error::config("encoder.mm_tokens_per_image", reason));
        }
        Ok(())
    }

    /// Picture tokens along one side.
    pub fn tokens_per_side(&self) -> usize {
        self.mm_tokens_per_image.isqrt()
    }
}

/// A token id under its older or present name; the older one goes first, as in the oracle. -1 where it is null.
fn either(fields: &Fields, older: &str, present: &str, default: i32) -> Result<i32> {
    let default = fields.token(present, Some(default))?;
    Ok(fields.token(older, default)?.unwrap_or(-1))
}
