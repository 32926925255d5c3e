//! `simd128`

use core::arch::wasm32::*;

pub(super) type Register = v128;

#[inline(always)]
pub(super) fn load(x: &[i16; 8]) -> Register {
    // SAFETY: 16 bytes are there, and a wasm load needs no alignment.
    unsafe { v128_load(x.as_ptr().cast()) }
}
#[inline(always)]
pub(super) fn load_words(x: &[i32; 4]) -> Register {
    // SAFETY: 16 bytes are there, and a wasm load needs no alignment.
    unsafe { v128_load(x.as_ptr().cast()) }
}
#[inline(always)]
pub(super) fn bytes(x: &[i8; 8]) -> Register {
    // SAFETY: 8 bytes are there, and a wasm load needs no alignment.
    unsafe { i16x8_load_extend_i8x8(x.as_ptr()) }
}
#[inline(always)]
pub(super) fn nibbles(x: &[u8; 16]) -> [Register; 4] {
    // SAFETY: 16 bytes are there, and a wasm load needs no alignment.
    let pairs = unsafe { v128_load(x.as_ptr().cast()) };
    let low = u16x8_splat(15);
    [
        v128_and(pairs, low),
        v128_and(u16x8_shr(pairs, 8), low),
        v128_and(u16x8_shr(pairs, 4), low),
        u16x8_shr(pairs, 12),
    ]
}
#[inline(always)]
pub(super) fn bytes_apart(x: &[u8; 16]) -> [Register; 2] {
    // SAFETY: 16 bytes are there, and a wasm load needs no alignment.
    let pairs = unsafe { v128_load(x.as_ptr().cast()) };
    [i16x8_shl(pairs, 8), v128_and(pairs, u16x8_splat(0xff00))]
}
#[cfg(not(target_feature = "relaxed-simd"))]
#[inline(always)]
pub(super) fn nibbles_apart(x: &[u8; 16]) -> [Register; 4] {
    // SAFETY: 16 bytes are there, and a wasm load needs no alignment.
    let pairs = unsafe { v128_load(x.as_ptr().cast()) };
    [
        v128_and(pairs, u16x8_splat(0xf)),
        v128_and(pairs, u16x8_splat(0xf0)),
        v128_and(pairs, u16x8_splat(0xf00)),
        u16x8_shr(pairs, 12),
    ]
}
#[inline(always)]
pub(super) fn pair(x: [i16; 2]) -> Register {
    i32x4_splat(bytemuck::cast(x))
}
#[inline(always)]
pub(super) fn scaled(x: Register, offset: i16, shift: u32, factor: i16) -> Register {
    let x = i16x8_shl(i16x8_sub(x, i16x8_splat(offset)), shift);
    i16x8_q15mulr_sat(x, i16x8_splat(factor))
}
#[inline(always)]
pub(super) fn store_shorts(x: Register, out: &mut [i16; 8]) {
    // SAFETY: 16 bytes are there, and a wasm store needs no alignment.
    unsafe { v128_store(out.as_mut_ptr().cast(), x) }
}
#[inline(always)]
pub(super) fn dot(a: Register, b: Register) -> Register {
    i32x4_dot_i16x8(a, b)
}
#[inline(always)]
pub(super) fn add(a: Register, b: Register) -> Register {
    i32x4_add(a, b)
}
#[inline(always)]
pub(super) fn store(x: Register) -> [i32; 4] {
    [
        i32x4_extract_lane::<0>(x),
        i32x4_extract_lane::<1>(x),
        i32x4_extract_lane::<2>(x),
        i32x4_extract_lane::<3>(x),
    ]
}
