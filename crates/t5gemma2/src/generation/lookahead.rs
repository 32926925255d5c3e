//! Guesses under verification: the decoder reads several tokens at once, and what follows each of them is known before it is
//! chosen. The choice itself stays as it is, so the answer is that of plain decoding.

use burn::tensor::Tensor;

use super::Choice;
use super::assistant::Assistant;
use super::lookup::PromptLookup;
use crate::error::{Error, Result};

/// Guesses, and how many of them the choices so far agreed with.
pub(super) struct Lookahead {
    source: Source,
    /// The decoder's prompt and what was chosen since.
    answer: Vec<i32>,
    eos: Vec<i32>,
    guesses: Vec<i32>,
    right: usize,
    ahead: Option<Ahead>,
    counts: Guesses,
}

/// Where guesses come from.
pub(super) enum Source {
    Lookup {
        lookup: PromptLookup,
        /// Token ids of the encoder's input; none where it had embeddings.
        input: Vec<i32>,
    },
    /// `None` until it has come.
    Assistant(Option<Box<Assistant>>),
}

/// What guesses are for.
pub(super) struct Trial<'a> {
    /// How many there may be.
    pub room: usize,
    /// Steps before.
    pub step: usize,
    /// What will choose.
    pub choice: &'a Choice,
    /// Tokens that end an answer.
    pub eos: &'a [i32],
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
    /// Tokens that an assistant would draft next.
    pub next: Option<usize>,
}

impl Lookahead {
    pub fn new(source: Source, prompt: Vec<i32>, eos: Vec<i32>) -> Self {
        Self {
            source,
            answer: prompt,
            eos,
            guesses: Vec::new(),
            right: 0,
            ahead: None,
            counts: Guesses::default(),
        }
    }

    /// Take in the assistant that was promised.
    ///
    /// # Errors
    /// [`Error::Input`] where none was.
    pub fn assist(&mut self, assistant: Assistant) -> Result<()> {
        match &mut self.source {
            Source::Assistant(place) => {
                *place = Some(Box::new(assistant));
                Ok(())
            }
            Source::Lookup { .. } => Err(not_wanted()),
        }
    }

    /// What is known of the next token, if the last choices were guessed right; [`Self::begin`] a new trial otherwise.
    pub fn known(&self) -> Option<(&Ahead, usize)> {
        self.ahead.as_ref().map(|ahead| (ahead, self.right))
    }

    /// New guesses, at most `room`, at what `choice` will choose in `step` and after it.
    pub async fn guess(&mut self, room: usize, step: usize, choice: &Choice) -> Result<Vec<i32>> {
        let Self {
            source,
            answer,
            eos,
            ..
        } = self;
        match source {
            Source::Lookup { lookup, input } => Ok(lookup.guess(input, answer, eos, room)),
            Source::Assistant(Some(assistant)) => {
                let trial = Trial {
                    room,
                    step,
                    choice,
                    eos,
                };
                assistant.draft(answer, &trial).await
            }
            Source::Assistant(None) => Err(Error::input("assistantModel", "has not come")),
        }
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
        if let Source::Assistant(Some(assistant)) = &mut self.source
            && !self.guesses.is_empty()
        {
            assistant.learn(self.guesses.len(), self.right);
        }
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
        let next = match &self.source {
            Source::Assistant(Some(assistant)) => Some(assistant.tokens()),
            _ => None,
        };
        Guesses {
            next,
            ..self.counts
        }
    }
}

pub(super) fn not_wanted() -> Error {
    Error::input("assistantModel", "was not asked for by the options")
}
