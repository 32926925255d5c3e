//! Numbers of a block times a factor, rounded to nearest even, as bytes or nibbles. The compiler does not narrow in vectors by
//! itself.

use crate::matrix::BLOCK;

/// Up to 127 either way.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline(always)]
pub(crate) fn bytes(x: &[f32; BLOCK], factor: f32, out: &mut [u8; BLOCK]) {
    let (outs, _) = out.as_chunks_mut();
    for (out, half) in outs.iter_mut().zip(arch::halves(x, factor)) {
        arch::store(half, out);
    }
}

/// 8 more than the number, 0 to 15: the first half in the lower, the second in the upper nibbles.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline(always)]
pub(crate) fn nibbles(x: &[f32; BLOCK], factor: f32, out: &mut [u8; BLOCK / 2]) {
    let [low, high] = arch::halves(x, factor);
    arch::store(arch::together(arch::nibble(low), arch::nibble(high)), out);
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod arch {
    use core::arch::wasm32::*;
    use core::array::from_fn;

    use crate::matrix::BLOCK;
    use crate::round::ROUND;

    #[inline(always)]
    pub(super) fn halves(x: &[f32; BLOCK], factor: f32) -> [v128; 2] {
        let factor = f32x4_splat(factor);
        let words: [v128; BLOCK / 4] = from_fn(|at| {
            // SAFETY: 16 bytes are there, and a wasm load needs no alignment.
            let x = unsafe { v128_load(x[4 * at..][..4].as_ptr().cast()) };
            let rounded = f32x4_add(f32x4_mul(x, factor), f32x4_splat(ROUND));
            i32x4_sub(rounded, f32x4_splat(ROUND))
        });
        let shorts: [v128; 4] = from_fn(|at| i16x8_narrow_i32x4(words[2 * at], words[2 * at + 1]));
        from_fn(|at| {
            let bytes = i8x16_narrow_i16x8(shorts[2 * at], shorts[2 * at + 1]);
            i8x16_max(bytes, i8x16_splat(-127))
        })
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
