//! Eight i16 in one register, and sums of their products as four i32: `simd128` on wasm, SSE2 on x86-64, arrays elsewhere.

#[cfg_attr(
    all(target_arch = "wasm32", target_feature = "simd128"),
    path = "wasm.rs"
)]
#[cfg_attr(target_arch = "x86_64", path = "x86.rs")]
#[cfg_attr(
    not(any(
        target_arch = "x86_64",
        all(target_arch = "wasm32", target_feature = "simd128")
    )),
    path = "arrays.rs"
)]
mod arch;

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
    pub(crate) fn to_pairs(self) -> [[i16; 2]; 4] {
        let mut out = [0; 8];
        arch::store_shorts(self.0, &mut out);
        bytemuck::cast(out)
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

    /// Bytes 0, 2, ..., 14, then 1, 3, ..., 15, each 256 times as large.
    #[inline(always)]
    pub(crate) fn bytes_apart(x: &[u8; 16]) -> [Self; 2] {
        arch::bytes_apart(x).map(Self)
    }

    /// Of bytes 0, 2, ..., 14 the lower halves, the upper halves 16 times as large; of bytes 1, 3, ..., 15 the lower halves 256
    /// times as large, the upper halves.
    #[cfg(not(target_feature = "relaxed-simd"))]
    #[inline(always)]
    pub(crate) fn nibbles_apart(x: &[u8; 16]) -> [Self; 4] {
        arch::nibbles_apart(x).map(Self)
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
    /// What a register holds.
    #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
    #[inline(always)]
    pub(crate) fn of(register: core::arch::wasm32::v128) -> Self {
        Self(register)
    }

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
        let out = Shorts::bytes(&bytes).scaled(3, 6, 16509).to_pairs();
        let exact = bytes.map(|x| ((f32::from(x) - 3.0) * 16509.0 / 512.0).round() as i16);
        assert_eq!(out.as_flattened(), exact);
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
