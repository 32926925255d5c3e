//! Eight i16 in one register, and sums of their products as four i32: `simd128` on wasm, SSE2 on x86-64, arrays elsewhere.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod arch {
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
}

#[cfg(target_arch = "x86_64")]
mod arch {
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
}

#[cfg(not(any(
    target_arch = "x86_64",
    all(target_arch = "wasm32", target_feature = "simd128")
)))]
mod arch {
    #[derive(Clone, Copy)]
    pub(super) enum Register {
        Shorts([i16; 8]),
        Words([i32; 4]),
    }

    pub(super) fn load(x: &[i16; 8]) -> Register {
        Register::Shorts(*x)
    }
    pub(super) fn load_words(x: &[i32; 4]) -> Register {
        Register::Words(*x)
    }
    pub(super) fn bytes(x: &[i8; 8]) -> Register {
        Register::Shorts(x.map(i16::from))
    }
    pub(super) fn nibbles(x: &[u8; 16]) -> [Register; 4] {
        [(0, 0), (1, 0), (0, 4), (1, 4)].map(|(odd, shift)| {
            Register::Shorts(core::array::from_fn(|lane| {
                (x[2 * lane + odd] >> shift & 15).into()
            }))
        })
    }
    pub(super) fn pair(x: [i16; 2]) -> Register {
        Register::Shorts(core::array::from_fn(|lane| x[lane % 2]))
    }
    pub(super) fn scaled(x: Register, offset: i16, shift: u32, factor: i16) -> Register {
        let mut shorts = [0; 8];
        store_shorts(x, &mut shorts);
        Register::Shorts(shorts.map(|x| super::scaled(x, offset, shift, factor)))
    }
    pub(super) fn store_shorts(x: Register, out: &mut [i16; 8]) {
        if let Register::Shorts(x) = x {
            *out = x;
        }
    }
    pub(super) fn dot(a: Register, b: Register) -> Register {
        let (Register::Shorts(a), Register::Shorts(b)) = (a, b) else {
            return Register::Words([0; 4]);
        };
        let product = |lane: usize| i32::from(a[lane]) * i32::from(b[lane]);
        Register::Words(core::array::from_fn(|lane| {
            product(2 * lane) + product(2 * lane + 1)
        }))
    }
    pub(super) fn add(a: Register, b: Register) -> Register {
        let (a, b) = (store(a), store(b));
        Register::Words(core::array::from_fn(|lane| a[lane] + b[lane]))
    }
    pub(super) fn store(x: Register) -> [i32; 4] {
        match x {
            Register::Words(x) => x,
            Register::Shorts(_) => [0; 4],
        }
    }
}

/// What [`Shorts::scaled`] does to each; ties are rounded up.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline(always)]
fn scaled(x: i16, offset: i16, shift: u32, factor: i16) -> i16 {
    ((i32::from((x - offset) << shift) * i32::from(factor) + (1 << 14)) >> 15) as i16
}

/// Eight i16.
#[derive(Clone, Copy)]
pub(crate) struct Shorts(arch::Register);

/// Four i32.
#[derive(Clone, Copy)]
pub(crate) struct Words(arch::Register);

impl Shorts {
    #[inline(always)]
    pub(crate) fn load(x: &[i16; 8]) -> Self {
        Self(arch::load(x))
    }

    /// Two, four times over.
    #[inline(always)]
    pub(crate) fn pair(x: [i16; 2]) -> Self {
        Self(arch::pair(x))
    }

    /// Four pairs.
    #[inline(always)]
    pub(crate) fn pairs(x: &[[i16; 2]; 4]) -> Self {
        Self(arch::load(bytemuck::cast_ref(x)))
    }

    #[inline(always)]
    pub(crate) fn store(self, out: &mut [i16; 8]) {
        arch::store_shorts(self.0, out);
    }

    /// `(self - offset) · 2^shift · factor / 2^15`, rounded to nearest; the first two products fit 16 bits.
    #[inline(always)]
    pub(crate) fn scaled(self, offset: i16, shift: u32, factor: i16) -> Self {
        Self(arch::scaled(self.0, offset, shift, factor))
    }

    /// Eight signed bytes.
    #[inline(always)]
    pub(crate) fn bytes(x: &[i8; 8]) -> Self {
        Self(arch::bytes(x))
    }

    /// The 32 elements of a block of nibbles (see [`Storage::Q4`](crate::Storage::Q4)), 8 too large, in the order of
    /// [`nibble_order`].
    #[inline(always)]
    pub(crate) fn nibbles(x: &[u8; 16]) -> [Self; 4] {
        arch::nibbles(x).map(Self)
    }

    /// Products of neighbours, summed in pairs; i16::MIN on both sides at once is not allowed.
    #[inline(always)]
    pub(crate) fn dot(self, other: Self) -> Words {
        Words(arch::dot(self.0, other.0))
    }
}

/// Which element of its block [`Shorts::nibbles`] puts at `lane` (0..32).
pub(crate) const fn nibble_order(lane: usize) -> usize {
    let (register, at) = (lane / 8, lane % 8);
    2 * at + register % 2 + register / 2 * 16
}

impl Words {
    #[inline(always)]
    pub(crate) fn load(x: &[i32; 4]) -> Self {
        Self(arch::load_words(x))
    }

    #[inline(always)]
    pub(crate) fn add(self, other: Self) -> Self {
        Self(arch::add(self.0, other.0))
    }

    /// To f32, rounded to nearest.
    #[inline(always)]
    pub(crate) fn floats(self) -> super::lanes::Lanes {
        super::lanes::Lanes::of_words(arch::store(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(x: Words) -> i32 {
        arch::store(x.0).iter().sum()
    }

    #[test]
    fn bytes_and_dot() {
        let a = Shorts::bytes(&[-128, 127, 0, 1, -1, 2, 3, -4]);
        let b = Shorts::load(&[32767, -32768, 5, 7, -9, 11, 0, -13]);
        let products = [-128 * 32767 - 127 * 32768, 7, 9 + 22, 52];
        let ones = Words::load(&[1, 1, 1, 1]);
        let mut floats = [0.0; 4];
        a.dot(b).add(ones).floats().store(&mut floats);
        assert_eq!(floats, products.map(|x: i32| (x + 1) as f32));
        assert_eq!(sum(a.dot(b)), products.iter().sum::<i32>());
    }

    #[test]
    fn scaled_rounds_to_nearest() {
        let bytes = [-128, 127, 0, 1, -1, 100, 3, -4];
        let mut out = [0; 8];
        Shorts::bytes(&bytes).scaled(3, 6, 16509).store(&mut out);
        let exact = bytes.map(|x| ((f32::from(x) - 3.0) * 16509.0 / 512.0).round() as i16);
        assert_eq!(out, exact);
    }

    #[test]
    fn nibbles_come_in_their_order() {
        let bytes = core::array::from_fn(|j| (j as u8 * 7 + 3) ^ 0x5a);
        let element = |e: usize| {
            i32::from(if e < 16 {
                bytes[e] & 15
            } else {
                bytes[e - 16] >> 4
            })
        };
        for (register, nibbles) in Shorts::nibbles(&bytes).into_iter().enumerate() {
            for lane in 0..8 {
                let mut one = [0; 8];
                one[lane] = 1;
                let got = sum(nibbles.dot(Shorts::load(&one)));
                assert_eq!(got, element(nibble_order(register * 8 + lane)));
            }
        }
    }
}
