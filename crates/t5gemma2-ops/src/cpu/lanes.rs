//! Four f32 in one register: `simd128` on wasm, SSE2 on x86-64, an array elsewhere.
//!
//! Left to itself the compiler vectorises these loops in one build and not in the next; the type makes it certain, and
//! everything in it is safe code.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod arch {
    use core::arch::wasm32::*;

    pub(super) type Register = v128;

    #[inline(always)]
    pub(super) fn load(x: [f32; 4]) -> Register {
        f32x4(x[0], x[1], x[2], x[3])
    }
    #[inline(always)]
    pub(super) fn store(x: Register) -> [f32; 4] {
        [
            f32x4_extract_lane::<0>(x),
            f32x4_extract_lane::<1>(x),
            f32x4_extract_lane::<2>(x),
            f32x4_extract_lane::<3>(x),
        ]
    }
    #[inline(always)]
    pub(super) fn add(a: Register, b: Register) -> Register {
        f32x4_add(a, b)
    }
    #[inline(always)]
    pub(super) fn mul(a: Register, b: Register) -> Register {
        f32x4_mul(a, b)
    }
    #[cfg(target_feature = "relaxed-simd")]
    #[inline(always)]
    pub(super) fn add_mul(sum: Register, a: Register, b: Register) -> Register {
        f32x4_relaxed_madd(a, b, sum)
    }
    #[inline(always)]
    pub(super) fn tiny_halves(x: &[u16; 4]) -> Register {
        // SAFETY: 8 bytes are there, and a wasm load needs no alignment.
        let wide = unsafe { i32x4_load_extend_i16x4(x.as_ptr().cast()) };
        v128_and(i32x4_shl(wide, 13), u32x4_splat(super::NO_COPIES_OF_SIGN))
    }
    #[inline(always)]
    pub(super) fn upper_halves(x: &[[u8; 2]; 4]) -> Register {
        // SAFETY: 8 bytes are there, and a wasm load needs no alignment.
        i32x4_shl(unsafe { u32x4_load_extend_u16x4(x.as_ptr().cast()) }, 16)
    }
    #[inline(always)]
    pub(super) fn larger(a: Register, b: Register) -> Register {
        f32x4_pmax(a, b)
    }
    #[inline(always)]
    pub(super) fn of_words(x: [i32; 4]) -> Register {
        f32x4_convert_i32x4(i32x4(x[0], x[1], x[2], x[3]))
    }
    #[inline(always)]
    pub(super) fn bf16(words: [u32; 4]) -> (Register, Register) {
        let words = u32x4(words[0], words[1], words[2], words[3]);
        (
            u32x4_shl(words, 16),
            v128_and(words, u32x4_splat(0xffff_0000)),
        )
    }
}

#[cfg(target_arch = "x86_64")]
mod arch {
    use core::arch::x86_64::*;

    pub(super) type Register = __m128;

    // SAFETY, for every block below: SSE2 is part of the x86-64 baseline, and none of these touches memory.
    #[inline(always)]
    #[allow(unused_unsafe)]
    pub(super) fn load(x: [f32; 4]) -> Register {
        unsafe { _mm_set_ps(x[3], x[2], x[1], x[0]) }
    }
    #[inline(always)]
    pub(super) fn store(x: Register) -> [f32; 4] {
        bytemuck::cast(x)
    }
    #[inline(always)]
    #[allow(unused_unsafe)]
    pub(super) fn add(a: Register, b: Register) -> Register {
        unsafe { _mm_add_ps(a, b) }
    }
    #[inline(always)]
    #[allow(unused_unsafe)]
    pub(super) fn mul(a: Register, b: Register) -> Register {
        unsafe { _mm_mul_ps(a, b) }
    }
    #[inline(always)]
    pub(super) fn tiny_halves(x: &[u16; 4]) -> Register {
        bytemuck::cast(x.map(super::tiny_half))
    }
    #[inline(always)]
    pub(super) fn upper_halves(x: &[[u8; 2]; 4]) -> Register {
        bytemuck::cast(x.map(super::upper_half))
    }
    #[inline(always)]
    #[allow(unused_unsafe)]
    pub(super) fn larger(a: Register, b: Register) -> Register {
        unsafe { _mm_max_ps(b, a) }
    }
    #[inline(always)]
    #[allow(unused_unsafe)]
    pub(super) fn of_words(x: [i32; 4]) -> Register {
        unsafe { _mm_cvtepi32_ps(bytemuck::cast(x)) }
    }
    #[inline(always)]
    #[allow(unused_unsafe)]
    pub(super) fn bf16(words: [u32; 4]) -> (Register, Register) {
        let words: __m128i = bytemuck::cast(words);
        let high = 0xffff_0000_u32 as i32;
        unsafe {
            let low = _mm_castsi128_ps(_mm_slli_epi32::<16>(words));
            (
                low,
                _mm_castsi128_ps(_mm_and_si128(words, _mm_set1_epi32(high))),
            )
        }
    }
}

#[cfg(not(any(
    target_arch = "x86_64",
    all(target_arch = "wasm32", target_feature = "simd128")
)))]
mod arch {
    pub(super) type Register = [f32; 4];

    pub(super) fn load(x: [f32; 4]) -> Register {
        x
    }
    pub(super) fn store(x: Register) -> [f32; 4] {
        x
    }
    pub(super) fn add(a: Register, b: Register) -> Register {
        core::array::from_fn(|lane| a[lane] + b[lane])
    }
    pub(super) fn mul(a: Register, b: Register) -> Register {
        core::array::from_fn(|lane| a[lane] * b[lane])
    }
    pub(super) fn tiny_halves(x: &[u16; 4]) -> Register {
        x.map(|x| f32::from_bits(super::tiny_half(x)))
    }
    pub(super) fn upper_halves(x: &[[u8; 2]; 4]) -> Register {
        x.map(|x| f32::from_bits(super::upper_half(x)))
    }
    pub(super) fn larger(a: Register, b: Register) -> Register {
        core::array::from_fn(|lane| if a[lane] < b[lane] { b[lane] } else { a[lane] })
    }
    pub(super) fn of_words(x: [i32; 4]) -> Register {
        x.map(|x| x as f32)
    }
    pub(super) fn bf16(words: [u32; 4]) -> (Register, Register) {
        (
            words.map(|word| f32::from_bits(word << 16)),
            words.map(|word| f32::from_bits(word & 0xffff_0000)),
        )
    }
}

/// What [`Lanes::tiny_halves`] are to be multiplied with.
pub(crate) const TINY_HALF: f32 = f32::from_bits((127 + 112) << 23);

/// Of a half whose sign was spread when it became wider and was moved: all but the copies of the sign.
const NO_COPIES_OF_SIGN: u32 = 0x8fff_ffff;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline(always)]
fn tiny_half(half: u16) -> u32 {
    (i32::from(half.cast_signed()) << 13).cast_unsigned() & NO_COPIES_OF_SIGN
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline(always)]
fn upper_half(bf16: [u8; 2]) -> u32 {
    u32::from(u16::from_le_bytes(bf16)) << 16
}

/// Four f32.
#[derive(Clone, Copy)]
pub(crate) struct Lanes(arch::Register);

impl Lanes {
    #[inline(always)]
    pub(crate) fn load(x: &[f32; 4]) -> Self {
        Self(arch::load(*x))
    }

    #[inline(always)]
    pub(crate) fn splat(x: f32) -> Self {
        Self(arch::load([x; 4]))
    }

    #[inline(always)]
    pub(crate) fn store(self, out: &mut [f32; 4]) {
        *out = arch::store(self.0);
    }

    /// Four integers, rounded to nearest.
    #[inline(always)]
    pub(crate) fn of_words(x: [i32; 4]) -> Self {
        Self(arch::of_words(x))
    }

    /// Four finite halves, their bits where an f32 has sign, exponent and mantissa.
    #[inline(always)]
    pub(crate) fn tiny_halves(x: &[u16; 4]) -> Self {
        Self(arch::tiny_halves(x))
    }

    /// Four bf16.
    #[inline(always)]
    pub(crate) fn upper_halves(x: &[[u8; 2]; 4]) -> Self {
        Self(arch::upper_halves(x))
    }

    /// The even and the odd columns of eight packed bf16.
    #[inline(always)]
    pub(crate) fn bf16(words: &[u32; 4]) -> (Self, Self) {
        let (even, odd) = arch::bf16(*words);
        (Self(even), Self(odd))
    }

    /// `self + a · b`, rounded twice, or once where relaxed SIMD has a fused form.
    #[inline(always)]
    pub(crate) fn add_mul(self, a: Self, b: Self) -> Self {
        #[cfg(target_feature = "relaxed-simd")]
        return Self(arch::add_mul(self.0, a.0, b.0));
        #[cfg(not(target_feature = "relaxed-simd"))]
        self.add(a.mul(b))
    }

    #[inline(always)]
    pub(crate) fn add(self, other: Self) -> Self {
        Self(arch::add(self.0, other.0))
    }

    #[inline(always)]
    pub(crate) fn mul(self, other: Self) -> Self {
        Self(arch::mul(self.0, other.0))
    }

    /// The other where it is larger; its NaNs are not.
    #[inline(always)]
    pub(crate) fn or_larger(self, other: Self) -> Self {
        Self(arch::larger(self.0, other.0))
    }

    #[inline(always)]
    pub(crate) fn sum(self) -> f32 {
        let [a, b, c, d] = arch::store(self.0);
        (a + b) + (c + d)
    }
}

/// Dot products of one row with `R` others, each of the length of `x`.
#[inline(always)]
pub(crate) fn dot<const R: usize>(x: &[f32], rows: [&[f32]; R]) -> [f32; R] {
    let (quads, tail) = x.as_chunks::<4>();
    let rows = rows.map(|row| row.as_chunks::<4>());
    let quad_rows = rows.map(|(quads_of_row, _)| &quads_of_row[..quads.len()]);
    let mut sums = [Lanes::splat(0.0); R];
    for (index, quad) in quads.iter().enumerate() {
        let quad = Lanes::load(quad);
        for (sum, row) in sums.iter_mut().zip(&quad_rows) {
            *sum = sum.add_mul(quad, Lanes::load(&row[index]));
        }
    }
    core::array::from_fn(|row| {
        let tail: f32 = tail.iter().zip(rows[row].1).map(|(a, b)| a * b).sum();
        sums[row].sum() + tail
    })
}

/// Sum of a slice in eight lanes: quick, and more exact than one running sum.
pub(crate) fn sum(x: &[f32]) -> f32 {
    let (chunks, tail) = x.as_chunks::<8>();
    let mut sums = [Lanes::splat(0.0); 2];
    for chunk in chunks {
        let (quads, _) = chunk.as_chunks::<4>();
        sums[0] = sums[0].add(Lanes::load(&quads[0]));
        sums[1] = sums[1].add(Lanes::load(&quads[1]));
    }
    sums[0].add(sums[1]).sum() + tail.iter().sum::<f32>()
}

/// The largest number of a slice that is larger than `floor`, or that; no NaN is.
pub(crate) fn largest(x: &[f32], floor: f32) -> f32 {
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    let (chunks, tail) = x.as_chunks::<8>();
    let mut largest = [Lanes::splat(floor); 2];
    for chunk in chunks {
        let (quads, _) = chunk.as_chunks::<4>();
        largest[0] = largest[0].or_larger(Lanes::load(&quads[0]));
        largest[1] = largest[1].or_larger(Lanes::load(&quads[1]));
    }
    let [a, b, c, d] = arch::store(largest[0].or_larger(largest[1]).0);
    let largest = larger(larger(a, b), larger(c, d));
    tail.iter().fold(largest, |largest, &x| larger(largest, x))
}

/// `out += p0 · r0 + p1 · r1 + ...`
#[inline(always)]
pub(crate) fn add_scaled<const R: usize>(out: &mut [f32], factors: [f32; R], rows: [&[f32]; R]) {
    let (quads, tail) = out.as_chunks_mut::<4>();
    let length = quads.len();
    let lanes = factors.map(Lanes::splat);
    let quad_rows = rows.map(|row| &row.as_chunks::<4>().0[..length]);
    for (index, out) in quads.iter_mut().enumerate() {
        let mut sum = Lanes::load(out);
        for (factor, row) in lanes.iter().zip(&quad_rows) {
            sum = sum.add_mul(*factor, Lanes::load(&row[index]));
        }
        sum.store(out);
    }
    for (index, out) in tail.iter_mut().enumerate() {
        for (factor, row) in factors.iter().zip(&rows) {
            *out += factor * row[length * 4 + index];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bf16_splits_even_and_odd() {
        let pack = |even: f32, odd: f32| (even.to_bits() >> 16) | (odd.to_bits() & 0xffff_0000);
        let (even, odd) = Lanes::bf16(&[
            pack(1.0, -2.0),
            pack(3.0, 0.5),
            pack(0.0, 4.0),
            pack(-8.0, 0.25),
        ]);
        let (mut evens, mut odds) = ([0.0; 4], [0.0; 4]);
        even.store(&mut evens);
        odd.store(&mut odds);
        assert_eq!(
            (evens, odds),
            ([1.0, 3.0, 0.0, -8.0], [-2.0, 0.5, 4.0, 0.25])
        );
    }

    #[test]
    fn the_largest_is_a_number() {
        for at in 0..19 {
            let mut x = vec![-7.0; 19];
            x[at] = f32::NAN;
            assert_eq!(largest(&x, f32::NEG_INFINITY), -7.0);
            x[(at + 5) % 19] = 3.0;
            assert_eq!(largest(&x, f32::NEG_INFINITY), 3.0);
        }
        assert_eq!(largest(&[f32::NAN; 9], -1.0), -1.0);
    }

    #[test]
    fn dot_and_add_scaled_reach_the_tail() {
        for length in 0..13 {
            let x: Vec<f32> = (0..length).map(|i| i as f32).collect();
            let ones = vec![1.0; length];
            let expected: f32 = x.iter().sum();
            assert_eq!(
                dot(&x, [&ones, &x]),
                [expected, x.iter().map(|x| x * x).sum()]
            );
            assert_eq!(sum(&x), expected);
            assert_eq!(largest(&x, 0.0), (length as f32 - 1.0).max(0.0));
            let mut out = ones.clone();
            add_scaled(&mut out, [2.0, 3.0], [&x, &ones]);
            assert!(out.iter().zip(&x).all(|(out, x)| *out == 4.0 + 2.0 * x));
        }
    }
}
