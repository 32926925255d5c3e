//! Random numbers that are a function of the seed and of what they are for.
//!
//! Philox 4x32-10 (Salmon et al., 2011) enciphers a counter, so there is no state to carry: the number for a row and a step
//! depends neither on other rows nor on pauses. Written out here, because the numbers a seed gives are a promise to callers that
//! a dependency's next version might break, and because it needs nothing but 32-bit integers, which a shader has too.

const ROUNDS: u32 = 10;
const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const KEY_STEPS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// The numbers of one seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Random {
    key: [u32; 2],
}

impl Random {
    /// Those of `seed`.
    pub fn new(seed: u64) -> Self {
        Self {
            key: [seed as u32, (seed >> 32) as u32],
        }
    }

    /// The `draw`-th number of this row (of the batch) and step: [0, 1), 53 bits.
    pub fn uniform(self, row: usize, step: usize, draw: usize) -> f64 {
        let [high, low, ..] = philox([draw as u32, step as u32, row as u32, 0], self.key);
        let bits = u64::from(high >> 5) << 26 | u64::from(low >> 6);
        bits as f64 / (1u64 << 53) as f64
    }
}

fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..ROUNDS {
        let [a, b] = [
            u64::from(MULTIPLIERS[0]) * u64::from(counter[0]),
            u64::from(MULTIPLIERS[1]) * u64::from(counter[2]),
        ];
        counter = [
            (b >> 32) as u32 ^ counter[1] ^ key[0],
            b as u32,
            (a >> 32) as u32 ^ counter[3] ^ key[1],
            a as u32,
        ];
        key = [
            key[0].wrapping_add(KEY_STEPS[0]),
            key[1].wrapping_add(KEY_STEPS[1]),
        ];
    }
    counter
}

#[cfg(test)]
mod tests {
    use super::philox;

    /// The known answers that Random123, the authors' library, is tested with.
    #[test]
    fn agrees_with_the_authors() {
        let digits = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
        for (counter, key, expected) in [
            (
                [0; 4],
                [0; 2],
                [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8],
            ),
            (
                [u32::MAX; 4],
                [u32::MAX; 2],
                [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd],
            ),
            (
                digits,
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ] {
            assert_eq!(
                philox(counter, key),
                expected,
                "counter {counter:x?}, key {key:x?}"
            );
        }
    }
}
