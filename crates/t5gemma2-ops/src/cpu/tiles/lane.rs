//! What a lane of a 128-bit register holds.

use crate::cpu::integers::{Shorts, Words};
use crate::cpu::lanes::Lanes;

/// A number, or as many of one row as are summed by one instruction.
pub(crate) trait Lane: bytemuck::Pod + Default + Sync {
    /// Four running sums.
    type Sums: Copy;

    fn zero() -> Self::Sums;

    /// `sums[i] + x · right[i]`
    fn add_products(sums: Self::Sums, x: Self, right: &[Self; 4]) -> Self::Sums;
}

impl Lane for f32 {
    type Sums = Lanes;

    #[inline(always)]
    fn zero() -> Lanes {
        Lanes::splat(0.0)
    }

    #[inline(always)]
    fn add_products(sums: Lanes, x: f32, right: &[f32; 4]) -> Lanes {
        sums.add_mul(Lanes::splat(x), Lanes::load(right))
    }
}

/// Two neighbours of a row, whose products are summed in 32 bits.
pub(crate) type Pair = [i16; 2];

impl Lane for Pair {
    type Sums = Words;

    #[inline(always)]
    fn zero() -> Words {
        Words::load(&[0; 4])
    }

    #[inline(always)]
    fn add_products(sums: Words, x: Pair, right: &[Pair; 4]) -> Words {
        sums.add(Shorts::pair(x).dot(Shorts::pairs(right)))
    }
}
