//! Four rows of four 32-bit lanes, turned into columns.

/// The compiler does not find the shuffles by itself.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline(always)]
pub(crate) fn transpose<L: bytemuck::Pod>([a, b, c, d]: [&[L; 4]; 4]) -> [[L; 4]; 4] {
    use core::arch::wasm32::*;

    let load = |x: &[L; 4]| {
        let [x, y, z, w]: [u32; 4] = bytemuck::cast(*x);
        u32x4(x, y, z, w)
    };
    let (a, b, c, d) = (load(a), load(b), load(c), load(d));
    let ab_low = u32x4_shuffle::<0, 4, 1, 5>(a, b);
    let ab_high = u32x4_shuffle::<2, 6, 3, 7>(a, b);
    let cd_low = u32x4_shuffle::<0, 4, 1, 5>(c, d);
    let cd_high = u32x4_shuffle::<2, 6, 3, 7>(c, d);
    [
        u64x2_shuffle::<0, 2>(ab_low, cd_low),
        u64x2_shuffle::<1, 3>(ab_low, cd_low),
        u64x2_shuffle::<0, 2>(ab_high, cd_high),
        u64x2_shuffle::<1, 3>(ab_high, cd_high),
    ]
    .map(|x| {
        bytemuck::cast([
            u32x4_extract_lane::<0>(x),
            u32x4_extract_lane::<1>(x),
            u32x4_extract_lane::<2>(x),
            u32x4_extract_lane::<3>(x),
        ])
    })
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline(always)]
pub(crate) fn transpose<L: bytemuck::Pod>(rows: [&[L; 4]; 4]) -> [[L; 4]; 4] {
    core::array::from_fn(|column| core::array::from_fn(|row| rows[row][column]))
}
