//! SSE2

use core::arch::x86_64::*;

pub(super) type Register = __m128i;

// SAFETY, for every block below: SSE2 is part of the x86-64 baseline, and none of these touches memory.
#[inline(always)]
pub(super) fn load(x: &[i16; 8]) -> Register {
    bytemuck::cast(*x)
}
#[inline(always)]
pub(super) fn load_words(x: &[i32; 4]) -> Register {
    bytemuck::cast(*x)
}
#[inline(always)]
#[allow(unused_unsafe)]
pub(super) fn bytes(x: &[i8; 8]) -> Register {
    let x: i64 = bytemuck::cast(*x);
    unsafe {
        let x = _mm_cvtsi64_si128(x);
        _mm_srai_epi16::<8>(_mm_unpacklo_epi8(x, x))
    }
}
#[inline(always)]
#[allow(unused_unsafe)]
pub(super) fn nibbles(x: &[u8; 16]) -> [Register; 4] {
    let pairs: Register = bytemuck::cast(*x);
    unsafe {
        let low = _mm_set1_epi16(15);
        [
            _mm_and_si128(pairs, low),
            _mm_and_si128(_mm_srli_epi16::<8>(pairs), low),
            _mm_and_si128(_mm_srli_epi16::<4>(pairs), low),
            _mm_srli_epi16::<12>(pairs),
        ]
    }
}
#[inline(always)]
#[allow(unused_unsafe)]
pub(super) fn bytes_apart(x: &[u8; 16]) -> [Register; 2] {
    let pairs: Register = bytemuck::cast(*x);
    unsafe {
        let high = _mm_set1_epi16(0xff00_u16.cast_signed());
        [_mm_slli_epi16::<8>(pairs), _mm_and_si128(pairs, high)]
    }
}
#[inline(always)]
#[allow(unused_unsafe)]
pub(super) fn nibbles_apart(x: &[u8; 16]) -> [Register; 4] {
    let pairs: Register = bytemuck::cast(*x);
    unsafe {
        let only = |bits| _mm_and_si128(pairs, _mm_set1_epi16(bits));
        [
            only(0xf),
            only(0xf0),
            only(0xf00),
            _mm_srli_epi16::<12>(pairs),
        ]
    }
}
#[inline(always)]
#[allow(unused_unsafe)]
pub(super) fn pair(x: [i16; 2]) -> Register {
    unsafe { _mm_set1_epi32(bytemuck::cast(x)) }
}
#[inline(always)]
pub(super) fn scaled(x: Register, offset: i16, shift: u32, factor: i16) -> Register {
    let x: [i16; 8] = bytemuck::cast(x);
    bytemuck::cast(x.map(|x| super::scaled(x, offset, shift, factor)))
}
#[inline(always)]
pub(super) fn store_shorts(x: Register, out: &mut [i16; 8]) {
    *out = bytemuck::cast(x);
}
#[inline(always)]
#[allow(unused_unsafe)]
pub(super) fn dot(a: Register, b: Register) -> Register {
    unsafe { _mm_madd_epi16(a, b) }
}
#[inline(always)]
#[allow(unused_unsafe)]
pub(super) fn add(a: Register, b: Register) -> Register {
    unsafe { _mm_add_epi32(a, b) }
}
#[inline(always)]
pub(super) fn store(x: Register) -> [i32; 4] {
    bytemuck::cast(x)
}
