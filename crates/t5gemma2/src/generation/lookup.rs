//! Prompt lookup: guesses at the next tokens, copied from where the answer's last tokens came before.

use crate::error::{Error, Result};

/// `prompt_lookup_num_tokens` and `max_matching_ngram_size` of transformers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PromptLookup {
    /// Tokens to guess at a time, at the most.
    pub tokens: usize,
    /// Tokens at the answer's end that are looked for, at the most; fewer where they are not found.
    pub ngram: usize,
}

impl PromptLookup {
    pub(super) fn validate(&self) -> Result<()> {
        let named = [
            ("promptLookupNumTokens", self.tokens),
            ("maxMatchingNgramSize", self.ngram),
        ];
        match named.into_iter().find(|&(_, value)| value == 0) {
            Some((option, _)) => Err(Error::input(option, "must be at least 1")),
            None => Ok(()),
        }
    }

    /// Guesses at what follows `answer` (prompt included), at most `room`, none after a token that ends it.
    ///
    /// As in transformers, the first place from the left counts, for the longest match. It looks in the decoder's tokens alone;
    /// here the encoder's `input` goes first, since that is what an answer copies from.
    pub(super) fn guess(
        &self,
        input: &[i32],
        answer: &[i32],
        eos: &[i32],
        room: usize,
    ) -> Vec<i32> {
        let count = self.tokens.min(room);
        for size in (1..=self.ngram.min(answer.len())).rev() {
            let end = &answer[answer.len() - size..];
            for text in [input, answer] {
                let found = text
                    .windows(size)
                    .position(|window| window == end)
                    .map(|at| &text[at + size..])
                    .filter(|rest| !rest.is_empty());
                if let Some(rest) = found {
                    let rest = rest.iter().take(count);
                    return rest.take_while(|id| !eos.contains(id)).copied().collect();
                }
            }
        }
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::PromptLookup;

    #[test]
    fn guesses_are_what_followed_the_longest_match() {
        let lookup = PromptLookup {
            tokens: 3,
            ngram: 2,
        };
        let input = [2, 5, 6, 7, 9, 6, 8, 4, 3, 1, 12];
        let guess = |answer: &[i32], room| lookup.guess(&input, answer, &[1], room);
        assert_eq!(guess(&[2], 9), [5, 6, 7], "the beginning");
        assert_eq!(guess(&[2, 6], 9), [7, 9, 6], "one token, first place");
        assert_eq!(guess(&[2, 9, 6], 9), [8, 4, 3], "two tokens go first");
        assert_eq!(
            guess(&[2, 9, 6], 2),
            [8, 4],
            "no more than there is room for"
        );
        assert_eq!(
            guess(&[2, 4], 9),
            [3],
            "none that ends it, and none after that"
        );
        assert_eq!(guess(&[2, 12], 9), [0; 0], "nothing follows");
        assert_eq!(guess(&[2, 20, 21, 20], 9), [21, 20], "the answer itself");
        assert_eq!(guess(&[2, 30], 9), [0; 0]);
    }
}
