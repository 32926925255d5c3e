//! Which way the steps of a generation go, and why.

use super::{Choice, Generation};
use crate::logits::LogitsOptions;

/// The way of a generation's steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Path {
    /// The device replays a recorded step; the host reads tokens back in chunks.
    Captured,
    /// The host takes part in each step; why.
    Stepwise(&'static str),
}

impl Generation {
    /// Which way the steps so far went.
    pub fn path(&self) -> Path {
        if self.replays.any() {
            return Path::Captured;
        }
        let options = &self.options;
        Path::Stepwise(match &self.choice {
            Choice::Beams { .. } => "beam search orders its beams on the host",
            Choice::Host { .. } if options.do_sample => "the host draws the tokens",
            Choice::Host { .. } if options.on_host => {
                "functions of the caller or a constraint choose on the host"
            }
            Choice::Host { .. } if options.logits != LogitsOptions::default() => {
                "options that change the logits are applied on the host"
            }
            Choice::Host { .. } => "each step reports logits, scores, states or attentions",
            Choice::Device { .. } if self.lookahead.is_some() => "guesses are verified on the host",
            Choice::Device { .. } if options.recompute => "without a cache no two steps are alike",
            Choice::Device { .. } if options.decoder_attention_mask.is_some() => {
                "the mask of the decoder's prompt comes from the host"
            }
            Choice::Device { .. } => self.replays.why_not(self.state.spare()),
        })
    }
}
