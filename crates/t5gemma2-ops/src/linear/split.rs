//! Rows of activations as packed bf16 weights want them.

use crate::cpu::lanes::Lanes;

/// The even and odd columns of a row apart, as packed weights come out of their words; an odd last column pairs with 0.
pub(super) struct Split {
    even: Vec<f32>,
    odd: Vec<f32>,
}

impl Split {
    pub fn new(x: &[f32]) -> Self {
        let even = x.iter().step_by(2).copied().collect();
        let mut odd: Vec<f32> = x.iter().skip(1).step_by(2).copied().collect();
        odd.resize(x.len().div_ceil(2), 0.0);
        Self { even, odd }
    }

    /// The dot products with `R` rows of packed bf16.
    #[inline(always)]
    pub fn dot<const R: usize>(&self, rows: [&[u32]; R]) -> [f32; R] {
        let (evens, even_tail) = self.even.as_chunks::<4>();
        let (odds, odd_tail) = self.odd.as_chunks::<4>();
        let odds = &odds[..evens.len()];
        let rows = rows.map(|row| row.as_chunks::<4>());
        let quads = rows.map(|(quads, _)| &quads[..evens.len()]);
        let mut sums = [[Lanes::splat(0.0); 2]; R];
        for (index, (even, odd)) in evens.iter().zip(odds).enumerate() {
            let (even, odd) = (Lanes::load(even), Lanes::load(odd));
            for (sums, row) in sums.iter_mut().zip(&quads) {
                let (weight_even, weight_odd) = Lanes::bf16(&row[index]);
                sums[0] = sums[0].add_mul(weight_even, even);
                sums[1] = sums[1].add_mul(weight_odd, odd);
            }
        }
        core::array::from_fn(|row| {
            let tail = rows[row].1.iter().zip(even_tail.iter().zip(odd_tail));
            let tail: f32 = tail
                .map(|(&word, (even, odd))| {
                    f32::from_bits(word << 16) * even + f32::from_bits(word & 0xffff_0000) * odd
                })
                .sum();
            sums[row][0].add(sums[row][1]).sum() + tail
        })
    }
}
