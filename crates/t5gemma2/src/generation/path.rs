//! Which way the steps of a generation go, and why.

use t5gemma2_ops::can_record;

use super::{Choice, Generation, Report};

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
const MASKS: &str = "the mask of the decoder's prompt comes from the host";
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
            Choice::Host { .. } => self.why_on_host(),
            Choice::Device { .. } if self.lookahead.is_some() => GUESSES,
            Choice::Device { .. } if options.recompute => NO_CACHE,
            Choice::Device { .. } if options.decoder_attention_mask.is_some() => MASKS,
            Choice::Device { .. } => self.replays.why_not(self.state.spare()),
        })
    }

    fn why_on_host(&self) -> &'static str {
        let (options, able) = (&self.options, can_record(&self.state.device()));
        let fit = |rules| options.logits.fit_device(options.do_sample, rules);
        if options.on_host {
            "functions of the caller or a constraint choose on the host"
        } else if options.do_sample && !able {
            "the host draws the tokens"
        } else if !fit(able) {
            "options that change the logits are applied on the host"
        } else if options.report != Report::default() {
            REPORTS
        } else if self.lookahead.is_some() {
            GUESSES
        } else if options.recompute {
            NO_CACHE
        } else if options.decoder_attention_mask.is_some() {
            MASKS
        } else {
            "so long an answer may take more room than the device makes for rules that look back"
        }
    }
}
