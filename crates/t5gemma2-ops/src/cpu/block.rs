//! What quantising does with the numbers of a block, in vectors, which compilers do not find, or not in every binary.

use crate::matrix::BLOCK;

/// Whether one of them is `wanted`.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline(always)]
pub(crate) fn has(x: &[f32; BLOCK], wanted: f32) -> bool {
    arch::has(x, wanted)
}

/// Times a factor, rounded to nearest even, up to 127 either way.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline(always)]
pub(crate) fn bytes(x: &[f32; BLOCK], factor: f32, out: &mut [u8; BLOCK]) {
    let (outs, _) = out.as_chunks_mut();
    for (out, half) in outs.iter_mut().zip(arch::halves(x, factor)) {
        arch::store(half, out);
    }
}

/// 8 more than that, 0 to 15: the first half in the lower, the second in the upper nibbles.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline(always)]
pub(crate) fn nibbles(x: &[f32; BLOCK], factor: f32, out: &mut [u8; BLOCK / 2]) {
    let [low, high] = arch::halves(x, factor);
    arch::store(arch::together(arch::nibble(low), arch::nibble(high)), out);
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod arch {
    use core::arch::wasm32::*;

    use crate::matrix::BLOCK;
    use crate::round::ROUND;

    #[inline(always)]
    fn load(x: &[f32; 4]) -> v128 {
        // SAFETY: 16 bytes are there, and a wasm load needs no alignment.
        unsafe { v128_load(x.as_ptr().cast()) }
    }

    #[inline(always)]
    pub(super) fn has(x: &[f32; BLOCK], wanted: f32) -> bool {
        let mut found = u32x4_splat(0);
        for x in x.as_chunks().0 {
            found = v128_or(found, f32x4_eq(load(x), f32x4_splat(wanted)));
        }
        v128_any_true(found)
    }

    // Loops, since closures of `from_fn` are called where a binary is optimised for its size.
    #[inline(always)]
    pub(super) fn halves(x: &[f32; BLOCK], factor: f32) -> [v128; 2] {
        let mut halves = [u32x4_splat(0); 2];
        for (half, x) in halves.iter_mut().zip(x.as_chunks::<16>().0) {
            let mut words = [u32x4_splat(0); 4];
            for (word, x) in words.iter_mut().zip(x.as_chunks().0) {
                let rounded =
                    f32x4_add(f32x4_mul(load(x), f32x4_splat(factor)), f32x4_splat(ROUND));
                *word = i32x4_sub(rounded, f32x4_splat(ROUND));
            }
            let [a, b, c, d] = words;
            let bytes = i8x16_narrow_i16x8(i16x8_narrow_i32x4(a, b), i16x8_narrow_i32x4(c, d));
            *half = i8x16_max(bytes, i8x16_splat(-127));
        }
        halves
    }

    #[inline(always)]
    pub(super) fn nibble(bytes: v128) -> v128 {
        let above = i8x16_max(bytes, i8x16_splat(-8));
        i8x16_add(i8x16_min(above, i8x16_splat(7)), i8x16_splat(8))
    }

    #[inline(always)]
    pub(super) fn together(low: v128, high: v128) -> v128 {
        v128_or(low, i8x16_shl(high, 4))
    }

    #[inline(always)]
    pub(super) fn store(x: v128, out: &mut [u8; 16]) {
        // SAFETY: 16 bytes are there, and a wasm store needs no alignment.
        unsafe { v128_store(out.as_mut_ptr().cast(), x) };
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(crate) fn has(x: &[f32; BLOCK], wanted: f32) -> bool {
    x.contains(&wanted)
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(crate) fn bytes(x: &[f32; BLOCK], factor: f32, out: &mut [u8; BLOCK]) {
    for (out, x) in out.iter_mut().zip(x) {
        *out = crate::round::round(x * factor).clamp(-127, 127) as u8;
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(crate) fn nibbles(x: &[f32; BLOCK], factor: f32, out: &mut [u8; BLOCK / 2]) {
    let nibble = |x: f32| (crate::round::round(x * factor) + 8).clamp(0, 15) as u8;
    *out = core::array::from_fn(|j| nibble(x[j]) | nibble(x[j + BLOCK / 2]) << 4);
}
