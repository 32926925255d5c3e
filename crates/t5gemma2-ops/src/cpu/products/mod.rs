//! Products of 32 activations, made integers, with a block of quantised weights.

mod bytes;
#[cfg_attr(
    all(target_arch = "wasm32", target_feature = "relaxed-simd"),
    path = "nibbles_relaxed.rs"
)]
mod nibbles;

pub(crate) use self::bytes::ForBytes;
pub(crate) use self::nibbles::ForNibbles;
use super::integers::Words;
use crate::matrix::BLOCK;

/// The activations, in the order in which weights come out of their block.
pub(crate) trait Products: Sync {
    /// A block of weights as it is stored.
    type Weights: bytemuck::AnyBitPattern;

    /// The largest magnitude of an activation.
    const LIMIT: f32;

    /// What sums are too large by.
    const UNIT: f32;

    /// Of integers whose magnitudes are at most [`Self::LIMIT`].
    fn new(x: [i32; BLOCK]) -> Self;

    /// Four integers, the sum of which is `UNIT · x · weights`.
    fn sums(&self, weights: &Self::Weights) -> Words;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn check<P: Products>(bytes: usize, element: impl Fn(&[u8], usize) -> i32) {
        let limit = P::LIMIT as i32;
        for round in 0..40 {
            let number =
                |at: usize, below: f64| (Random::new(1).uniform(round, at, 0) * below) as i32;
            let stored: Vec<u8> = (0..bytes)
                .map(|at| match round {
                    0 => 0x81,
                    1 => 0x7f,
                    _ => (number(at, 255.0) - 127) as u8,
                })
                .collect();
            let x: [i32; BLOCK] = core::array::from_fn(|at| match round {
                0 | 1 => limit,
                2 => -limit,
                _ => number(100 + at, 2.0 * f64::from(P::LIMIT) + 1.0) - limit,
            });
            let exact: i64 = (0..BLOCK)
                .map(|at| i64::from(element(&stored, at)) * i64::from(x[at]))
                .sum();
            let mut sums = [0.0; 4];
            let products = P::new(x).sums(bytemuck::from_bytes(&stored));
            products.floats().store(&mut sums);
            let sum: f64 = sums.iter().map(|&x| f64::from(x)).sum();
            // Each of the four integers was rounded to f32.
            let rounding = sums.iter().map(|x| f64::from(x.abs())).sum::<f64>() * 6e-8;
            let exact = exact as f64 * f64::from(P::UNIT);
            assert!((sum - exact).abs() <= rounding, "{round}: {sum}, {exact}");
        }
    }

    #[test]
    fn of_bytes() {
        check::<ForBytes>(32, |bytes, at| i32::from(bytes[at] as i8));
    }

    #[test]
    fn of_nibbles() {
        check::<ForNibbles>(16, |bytes, at| {
            let nibble = bytes[at % 16] >> (at / 16 * 4) & 15;
            i32::from(nibble) - 8
        });
    }
}
