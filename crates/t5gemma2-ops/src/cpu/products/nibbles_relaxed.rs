use core::arch::wasm32::*;

use super::Products;
use crate::cpu::integers::Words;
use crate::matrix::BLOCK;

/// In 8 bits, 16 times finer than the weights are. What relaxed instructions leave open does not occur: nibbles have no
/// sign, and two products of them fit 16 bits.
pub(crate) struct ForNibbles {
    x: [[i8; 16]; 2],
    /// Nibbles are 8 too large.
    excess: [i32; 4],
}

impl Products for ForNibbles {
    type Weights = [u8; BLOCK / 2];
    const LIMIT: f32 = 127.0;
    const UNIT: f32 = 1.0;

    #[inline(always)]
    fn new(x: [i32; BLOCK]) -> Self {
        let half = |first: usize| core::array::from_fn(|lane| x[first + lane] as i8);
        let sum: i32 = x.iter().sum();
        Self {
            x: [half(0), half(16)],
            excess: [-8 * sum, 0, 0, 0],
        }
    }

    #[inline(always)]
    fn sums(&self, weights: &[u8; BLOCK / 2]) -> Words {
        // SAFETY: 16 bytes are there each time, and a wasm load needs no alignment.
        let (pairs, low_x, high_x) = unsafe {
            (
                v128_load(weights.as_ptr().cast()),
                v128_load(self.x[0].as_ptr().cast()),
                v128_load(self.x[1].as_ptr().cast()),
            )
        };
        let low = u8x16_splat(15);
        let products = i16x8_add(
            i16x8_relaxed_dot_i8x16_i7x16(low_x, v128_and(pairs, low)),
            i16x8_relaxed_dot_i8x16_i7x16(high_x, v128_and(u16x8_shr(pairs, 4), low)),
        );
        let sums = i32x4_dot_i16x8(products, i16x8_splat(1));
        Words::load(&self.excess).add(Words::of(sums))
    }
}
