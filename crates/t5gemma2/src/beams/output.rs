//! What a beam search found.

use super::Beam;

/// The best sequences: `num_return_sequences` an input, best first, then those of the next input.
#[derive(Debug, Clone, PartialEq)]
pub struct BeamOutput {
    /// Prompt included, filled up to the longest.
    pub sequences: Vec<Vec<i32>>,
    /// Tokens of each sequence that are its own, prompt included.
    pub lengths: Vec<usize>,
    /// Sums of log-probabilities, divided by the number of new tokens to the power of the length penalty. -1e9 for a beam that
    /// never finished.
    pub scores: Vec<f32>,
    /// For each new token the row of that step's logits it was chosen from (batch index * num_beams + beam); -1 after the last.
    pub beam_indices: Vec<Vec<i32>>,
}

impl BeamOutput {
    pub(super) fn new(beams: Vec<Beam>, prompt_length: usize, filling: i32) -> Self {
        let longest = beams
            .iter()
            .map(|beam| beam.rows.len())
            .max()
            .unwrap_or_default();
        let mut output = Self {
            lengths: beams.iter().map(|beam| beam.tokens.len()).collect(),
            scores: beams.iter().map(|beam| beam.score).collect(),
            sequences: Vec::with_capacity(beams.len()),
            beam_indices: Vec::with_capacity(beams.len()),
        };
        for mut beam in beams {
            beam.tokens.resize(prompt_length + longest, filling);
            beam.rows.resize(longest, -1);
            output.sequences.push(beam.tokens);
            output.beam_indices.push(beam.rows);
        }
        output
    }
}
