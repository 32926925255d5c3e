//! Which way the steps of a generation go, and why.

use t5gemma2_ops::can_record;

use super::{Choice, Generation, Report};
use crate::logits::LogitsOptions;

/// The way of a generation's steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Path {
    /// The device replays a recorded step; the host reads tokens back in chunks.
    Captured,
    /// The host takes part in each step; why.
    Stepwise(&'static str),
}

const REPORTS: &str = "each step reports logits, scores, states or attentions";
const GUESSES: &str = "guesses are verified on the host";
const NO_CACHE: &str = "without a cache no two steps are alike";

impl Generation {
    /// Which way the steps so far went.
    pub fn path(&self) -> Path {
        if self.replays.any() {
            return Path::Captured;
        }
        let options = &self.options;
        Path::Stepwise(match &self.choice {
            Choice::Beams { .. } => "beam search orders its beams on the host",
            Choice::Host { .. } if options.on_host => {
                "functions of the caller or a constraint choose on the host"
            }
            Choice::Host { .. } if options.do_sample => self.why_not_drawn(),
            Choice::Host { .. } if options.logits != LogitsOptions::default() => {
                "options that change the logits are applied on the host"
            }
            Choice::Host { .. } => REPORTS,
            Choice::Device { .. } if self.lookahead.is_some() => GUESSES,
            Choice::Device { .. } if options.recompute => NO_CACHE,
            Choice::Device { .. } if options.decoder_attention_mask.is_some() => {
                "the mask of the decoder's prompt comes from the host"
            }
            Choice::Device { .. } => self.replays.why_not(self.state.spare()),
        })
    }

    /// Why it is the host that draws.
    fn why_not_drawn(&self) -> &'static str {
        let options = &self.options;
        if !can_record(&self.state.device()) {
            "the host draws the tokens"
        } else if !options.logits.fit_device(true) {
            "options other than temperature, topK, topP, minP and minNewTokens change the logits on the host"
        } else if options.report != Report::default() {
            REPORTS
        } else if self.lookahead.is_some() {
            GUESSES
        } else {
            NO_CACHE
        }
    }
}
