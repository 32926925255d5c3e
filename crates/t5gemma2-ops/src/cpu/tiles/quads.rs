//! Sums of products of 8-bit activations with 4-bit weights, four of each to a lane, for a tile and a block of 32.

use core::array::from_fn;

use super::transpose::transpose;
use super::{LEFT, RIGHT};
use crate::cpu::block;
use crate::cpu::integers::Words;
use crate::matrix::BLOCK;

/// Lanes of a block.
pub(crate) const QUADS: usize = BLOCK / 4;

/// Activations of a block of [`LEFT`] rows, magnitudes of up to 127.
pub(crate) type LeftQuads = [[[i8; 4]; LEFT]; QUADS];

/// Weights of a block of [`RIGHT`] rows, none above 15.
pub(crate) type RightQuads = [[[u8; 4]; RIGHT]; QUADS];

/// What the sums of each row begin with: of the first two and of the last two numbers of each four.
pub(crate) type Begin = [[i16; 2]; LEFT];

/// The quads of a block of one row: numbers times a factor, rounded. Returns the sums of the first, second, third and last
/// of each four.
#[inline(always)]
pub(crate) fn set_left(
    quads: &mut LeftQuads,
    row: usize,
    x: &[f32; BLOCK],
    factor: f32,
) -> [i32; 4] {
    let mut bytes = [0; BLOCK];
    block::bytes(x, factor, &mut bytes);
    let mut sums = [0; 4];
    let (all, _) = bytemuck::cast_slice::<u8, i8>(&bytes).as_chunks::<4>();
    for (quads, &quad) in quads.iter_mut().zip(all) {
        quads[row] = quad;
        for (sum, x) in sums.iter_mut().zip(quad) {
            *sum += i32::from(x);
        }
    }
    sums
}

/// The quads of a block of each row, from how they are stored ([`Storage::Q4`](crate::Storage::Q4)).
#[inline(always)]
pub(crate) fn set_right(quads: &mut RightQuads, rows: [&[u8; BLOCK / 2]; RIGHT]) {
    let halves: [_; RIGHT] = from_fn(|row| low_and_high(rows[row]));
    for half in 0..2 {
        for first in [0, 4] {
            let columns = transpose(from_fn(|row| &halves[first + row][half]));
            for (quads, column) in quads[half * 4..].iter_mut().zip(columns) {
                quads[first..first + 4].copy_from_slice(&column);
            }
        }
    }
}

/// Lower and upper halves of bytes, four to a lane.
#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
#[inline(always)]
fn low_and_high(bytes: &[u8; BLOCK / 2]) -> [[[u8; 4]; 4]; 2] {
    use core::arch::wasm32::*;

    // SAFETY: 16 bytes are there, and a wasm load needs no alignment.
    let bytes = unsafe { v128_load(bytes.as_ptr().cast()) };
    let low = u8x16_splat(15);
    let lanes = |x: v128| {
        bytemuck::cast([
            u32x4_extract_lane::<0>(x),
            u32x4_extract_lane::<1>(x),
            u32x4_extract_lane::<2>(x),
            u32x4_extract_lane::<3>(x),
        ])
    };
    [
        lanes(v128_and(bytes, low)),
        lanes(v128_and(u16x8_shr(bytes, 4), low)),
    ]
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "relaxed-simd")))]
fn low_and_high(bytes: &[u8; BLOCK / 2]) -> [[[u8; 4]; 4]; 2] {
    [0, 4].map(|shift| bytemuck::cast(bytes.map(|byte| byte >> shift & 15)))
}

/// `begin[i] + left[i] · right[j]` of each pair of rows. As they begin with -8 times the sums of the rows on the left, for
/// weights that are 8 too large, no sum leaves 16 bits on the way (16 · 127 · 8 < 2¹⁵).
#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
#[inline(always)]
pub(crate) fn block_sums(
    left: &LeftQuads,
    begin: &Begin,
    right: &RightQuads,
) -> [[Words; 2]; LEFT] {
    use core::arch::wasm32::*;

    let splat = |lane: u32| u32x4_splat(lane);
    let mut sums: [_; LEFT] = from_fn(|row| [splat(bytemuck::cast(begin[row])); 2]);
    for (left, right) in left.iter().zip(right) {
        // SAFETY: 32 bytes are there, and a wasm load needs no alignment.
        let right: [v128; 2] = unsafe {
            let first = right.as_ptr().cast::<v128>();
            [v128_load(first), v128_load(first.add(1))]
        };
        for (sums, quad) in sums.iter_mut().zip(left) {
            let quad = splat(bytemuck::cast(*quad));
            for (sum, right) in sums.iter_mut().zip(right) {
                *sum = i16x8_add(*sum, i16x8_relaxed_dot_i8x16_i7x16(quad, right));
            }
        }
    }
    let ones = i16x8_splat(1);
    from_fn(|row| from_fn(|half| Words::of(i32x4_dot_i16x8(sums[row][half], ones))))
}

/// The same without vectors, for tests of what is around it.
#[cfg(not(all(target_arch = "wasm32", target_feature = "relaxed-simd")))]
pub(crate) fn block_sums(
    left: &LeftQuads,
    begin: &Begin,
    right: &RightQuads,
) -> [[Words; 2]; LEFT] {
    from_fn(|i| {
        [0, 4].map(|first| {
            Words::load(&from_fn(|lane| {
                let product = |q: usize, at: usize| {
                    i16::from(left[q][i][at]) * i16::from(right[q][first + lane][at])
                };
                let sum = |half: usize| {
                    let pairs = (0..QUADS).map(|q| product(q, half) + product(q, half + 1));
                    pairs.fold(begin[i][half / 2], |sum, pair| sum.wrapping_add(pair))
                };
                i32::from(sum(0)) + i32::from(sum(2))
            }))
        })
    })
}
