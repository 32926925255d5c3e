use super::Products;
use crate::cpu::integers::{Shorts, Words};
use crate::matrix::BLOCK;

/// In 12 bits: with weights 256 times as large, as they come apart by a shift and a mask, sums of 32 products fit 32 bits
/// (32 · 127 · 256 · 2047 < 2³¹).
pub(crate) struct ForBytes([[i16; 8]; 4]);

impl Products for ForBytes {
    type Weights = [u8; BLOCK];
    const LIMIT: f32 = 2047.0;
    const UNIT: f32 = 256.0;

    #[inline(always)]
    fn new(x: [i32; BLOCK]) -> Self {
        Self(core::array::from_fn(|register| {
            let first = register / 2 * 16 + register % 2;
            core::array::from_fn(|lane| x[first + 2 * lane] as i16)
        }))
    }

    #[inline(always)]
    fn sums(&self, weights: &[u8; BLOCK]) -> Words {
        let (halves, _) = weights.as_chunks::<16>();
        let [a, b] = Shorts::bytes_apart(&halves[0]);
        let [c, d] = Shorts::bytes_apart(&halves[1]);
        let x = |register: usize| Shorts::load(&self.0[register]);
        let first = a.dot(x(0)).add(b.dot(x(1)));
        first.add(c.dot(x(2)).add(d.dot(x(3))))
    }
}
