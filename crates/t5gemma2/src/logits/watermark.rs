//! `watermarking_config`: favours a "green" share of the vocabulary that the last token and a key decide.
//!
//! The shares are those of transformers on a CPU, so that its detector finds the mark: permutations as torch draws them.

use serde::Deserialize;

use super::{Processor, Row, top};
use crate::error::{Error, Result};

/// Candidates that self-hashing tries, and the size of its table, as in the reference.
const TRIALS: usize = 40;
const TABLE: usize = 1_000_003;

/// What the green share depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SeedingScheme {
    /// The last token.
    LeftHash,
    /// The last tokens and the candidate itself.
    SelfHash,
}

/// transformers' `WatermarkingConfig`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Watermarking {
    /// Share of the vocabulary that is green: (0, 1).
    pub greenlist_ratio: f64,
    /// Added to the scores of green tokens.
    pub bias: f64,
    /// The key.
    pub hashing_key: u64,
    /// What the green share depends on.
    pub seeding_scheme: SeedingScheme,
    /// Tokens that self-hashing looks at; at least 1. Shorter sequences are not marked.
    pub context_width: usize,
}

impl Default for Watermarking {
    fn default() -> Self {
        let seeding_scheme = SeedingScheme::LeftHash;
        Self {
            greenlist_ratio: 0.25,
            bias: 2.0,
            hashing_key: 15_485_863,
            seeding_scheme,
            context_width: 1,
        }
    }
}

impl Watermarking {
    pub(super) fn validate(&self) -> Result<()> {
        if !(self.greenlist_ratio > 0.0 && self.greenlist_ratio < 1.0) {
            let reason = format!(
                "is {}, and must be above 0 and below 1",
                self.greenlist_ratio
            );
            return Err(Error::input("watermarkingConfig.greenlistRatio", reason));
        }
        if self.context_width == 0 {
            return Err(Error::input(
                "watermarkingConfig.contextWidth",
                "is 0, and must be at least 1",
            ));
        }
        Ok(())
    }
}

/// See [`Watermarking`].
#[derive(Debug)]
pub(super) struct Watermark {
    config: Watermarking,
    green: usize,
    /// For self-hashing.
    table: Vec<u32>,
}

impl Watermark {
    pub fn new(config: Watermarking, vocab: usize) -> Self {
        let table = match config.seeding_scheme {
            SeedingScheme::LeftHash => Vec::new(),
            SeedingScheme::SelfHash => {
                Twister::new(config.hashing_key as u32).permutation(TABLE, TABLE)
            }
        };
        Self {
            green: (vocab as f64 * config.greenlist_ratio) as usize,
            config,
            table,
        }
    }

    /// The green tokens after a context, which has at least one token.
    fn greens(&self, context: &[i32], vocab: usize) -> Vec<u32> {
        let context = &context[context.len().saturating_sub(self.config.context_width)..];
        let last = context.last().copied().unwrap_or_default();
        let entry = |token: i32| i64::from(self.table[token as usize % TABLE]) + 1;
        let seed = match self.config.seeding_scheme {
            SeedingScheme::LeftHash => i128::from(self.config.hashing_key) * i128::from(last),
            SeedingScheme::SelfHash => {
                let key = self.config.hashing_key as i64; // int64 arithmetic, which wraps
                let hashes = context
                    .iter()
                    .map(|&token| key.wrapping_mul(entry(token)).wrapping_mul(entry(last)));
                hashes.min().map_or(0, i128::from)
            }
        };
        let seed = seed.rem_euclid(i128::from(u64::MAX));
        Twister::new(seed as u32).permutation(vocab, self.green)
    }
}

impl Processor for Watermark {
    fn process(&self, row: &Row<'_>, scores: &mut [f32]) {
        if row.sequence.len() < self.config.context_width {
            return;
        }
        let bias = self.config.bias as f32;
        if self.config.seeding_scheme == SeedingScheme::LeftHash {
            self.greens(row.sequence, scores.len())
                .into_iter()
                .for_each(|token| scores[token as usize] += bias);
            return;
        }
        let mut context = row.sequence.to_vec();
        for (token, _) in top(scores.iter().copied(), TRIALS) {
            context.push(token as i32);
            if self
                .greens(&context, scores.len())
                .contains(&(token as u32))
            {
                scores[token] += bias;
            }
            context.pop();
        }
    }
}

/// MT19937, torch's generator on a CPU.
struct Twister {
    state: [u32; 624],
    index: usize,
}

impl Twister {
    fn new(seed: u32) -> Self {
        let mut state = [seed; 624];
        for i in 1..624 {
            let last = state[i - 1];
            state[i] = 1_812_433_253u32
                .wrapping_mul(last ^ last >> 30)
                .wrapping_add(i as u32);
        }
        Self { state, index: 624 }
    }

    fn next(&mut self) -> u32 {
        if self.index == 624 {
            self.index = 0;
            for i in 0..624 {
                let y = self.state[i] & 0x8000_0000 | self.state[(i + 1) % 624] & 0x7fff_ffff;
                let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[i] = self.state[(i + 397) % 624] ^ y >> 1 ^ odd;
            }
        }
        let mut y = self.state[self.index];
        self.index += 1;
        y ^= y >> 11;
        y ^= y << 7 & 0x9d2c_5680;
        y ^= y << 15 & 0xefc6_0000;
        y ^ y >> 18
    }

    /// The first `count` of a random order of `length` numbers, as `torch.randperm` draws it.
    fn permutation(&mut self, length: usize, count: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..length as u32).collect();
        for i in 0..count.min(length.saturating_sub(1)) {
            order.swap(i, i + self.next() as usize % (length - i));
        }
        order.truncate(count);
        order
    }
}
