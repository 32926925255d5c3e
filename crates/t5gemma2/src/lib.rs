//! T5Gemma 2 on burn: an encoder for text and pictures, and a decoder whose attention covers both its own tokens and the
//! encoder's output. Knows nothing of JavaScript, files or tokenizers.

pub mod beams;
mod cache;
pub mod config;
mod decoder;
mod encoder;
mod error;
mod generation;
#[cfg(feature = "image")]
pub mod image;
mod inputs;
mod keep;
pub mod logits;
pub mod loss;
mod model;
mod nn;
mod pairs;
mod recording;
mod self_test;
mod sight;
mod vision;
pub mod weights;

pub use cache::Cache;
pub use config::Config;
pub use encoder::{EncoderInputs, EncoderOutput};
pub use error::{Error, Result};
pub use generation::{
    Assistance, GenerateOptions, Generation, Guesses, Past, Path, PromptLookup, Report, Scores,
    Step,
};
pub use inputs::shift_right;
pub use keep::Keep;
pub use model::{DecoderInputs, DecoderOutput, Model};
pub use pairs::{PairMask, PairMasks};
pub use recording::{Record, Recorded};
pub use self_test::{MODEL, check_steps};
pub use vision::PixelValues;
pub use weights::{Dtype, Loader, Part, Plan, Range, Task};
