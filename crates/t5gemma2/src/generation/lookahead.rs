//! Guesses under verification: the decoder reads several tokens at once, and what follows each of them is known before it is
//! chosen. The choice itself stays as it is, so the answer is that of plain decoding.

use burn::tensor::Tensor;

use super::lookup::PromptLookup;

/// Guesses, and how many of them the choices so far agreed with.
pub(super) struct Lookahead {
    lookup: PromptLookup,
    /// Token ids of the encoder's input; none where it had embeddings.
    input: Vec<i32>,
    /// The decoder's prompt and what was chosen since.
    answer: Vec<i32>,
    eos: Vec<i32>,
    guesses: Vec<i32>,
    right: usize,
    ahead: Option<Ahead>,
    counts: Guesses,
}

/// What is known of the tokens after each guess, and of the one before them: [guesses + 1, ...].
pub(super) enum Ahead {
    /// Logits [guesses + 1, vocab], for the host to choose.
    Logits(Tensor<2>),
    /// Tokens, chosen by the device.
    Tokens(Vec<i32>),
}

/// Tokens that were guessed so far, and those of them that were chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Guesses {
    /// Tokens that the decoder read on trial.
    pub proposed: usize,
    /// Those that proved right.
    pub accepted: usize,
}

impl Lookahead {
    pub fn new(lookup: PromptLookup, input: Vec<i32>, prompt: Vec<i32>, eos: Vec<i32>) -> Self {
        Self {
            lookup,
            input,
            answer: prompt,
            eos,
            guesses: Vec::new(),
            right: 0,
            ahead: None,
            counts: Guesses::default(),
        }
    }

    /// What is known of the next token, if the last choices were guessed right; [`Self::begin`] a new trial otherwise.
    pub fn known(&self) -> Option<(&Ahead, usize)> {
        self.ahead.as_ref().map(|ahead| (ahead, self.right))
    }

    /// New guesses, at most `room`.
    pub fn guess(&self, room: usize) -> Vec<i32> {
        self.lookup
            .guess(&self.input, &self.answer, &self.eos, room)
    }

    pub fn begin(&mut self, guesses: Vec<i32>, ahead: Ahead) {
        self.counts.proposed += guesses.len();
        self.guesses = guesses;
        self.right = 0;
        self.ahead = Some(ahead);
    }

    /// Hear of a choice. `None` where the decoder has read the token already, else how many of the tokens it has read are wrong.
    pub fn chosen(&mut self, token: i32) -> Option<usize> {
        self.answer.push(token);
        if self.guesses.get(self.right) == Some(&token) {
            self.right += 1;
            self.counts.accepted += 1;
            return None;
        }
        self.ahead = None;
        Some(self.guesses.len() - self.right)
    }

    /// Tokens that the decoder has read beyond all but the newest that was chosen.
    pub fn too_many(&self) -> usize {
        match self.ahead {
            Some(_) => self.guesses.len() - self.right + self.right.min(1),
            None => 0,
        }
    }

    pub fn counts(&self) -> Guesses {
        self.counts
    }
}
