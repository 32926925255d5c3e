//! What a generation goes on from.

/// How the tokens of a cache stand to the decoder's prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Past {
    /// They are the prompt's first ones, and only the others are read.
    InPrompt,
    /// They come before the prompt, all of which is read.
    BeforePrompt {
        /// [batch, tokens in the cache]: 0 hides one. Default: all 1.
        mask: Option<Vec<i32>>,
    },
}
