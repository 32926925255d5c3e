use super::Products;
use crate::cpu::integers::{Shorts, Words};
use crate::matrix::BLOCK;

/// In 8 bits, 16 times finer than the weights are: multiplied beforehand with what makes nibbles that were not shifted into
/// place as large as the others.
pub(crate) struct ForNibbles {
    x: [[i16; 8]; 4],
    /// Nibbles are 8 too large.
    excess: [i32; 4],
}

impl Products for ForNibbles {
    type Weights = [u8; BLOCK / 2];
    const LIMIT: f32 = 127.0;
    const UNIT: f32 = 256.0;

    #[inline(always)]
    fn new(x: [i32; BLOCK]) -> Self {
        let register = |first: usize, factor: i32| {
            core::array::from_fn(|lane| (x[first + 2 * lane] * factor) as i16)
        };
        let sum: i32 = x.iter().sum();
        Self {
            x: [
                register(0, 256),
                register(16, 16),
                register(1, 1),
                register(17, 256),
            ],
            excess: [-8 * 256 * sum, 0, 0, 0],
        }
    }

    #[inline(always)]
    fn sums(&self, weights: &[u8; BLOCK / 2]) -> Words {
        let [a, b, c, d] = Shorts::nibbles_apart(weights);
        let x = |register: usize| Shorts::load(&self.x[register]);
        let first = Words::load(&self.excess).add(a.dot(x(0))).add(b.dot(x(1)));
        first.add(c.dot(x(2)).add(d.dot(x(3))))
    }
}
