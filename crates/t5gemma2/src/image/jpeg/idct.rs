//! The accurate integer inverse DCT of libjpeg (`jidctint`), after Loeffler, Ligtenberg and Moschytz.

const CONST_BITS: i32 = 13;
const PASS1_BITS: i32 = 2;

/// Natural position of the k-th coefficient in zigzag order.
pub(super) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Coefficients (natural order) times their quantisation steps, transformed and written as 8 rows of `out`.
pub(super) fn idct(coefficients: &[i16; 64], steps: &[u16; 64], out: &mut [u8], stride: usize) {
    // libjpeg-turbo multiplies 16 bits by 16 and keeps 16; only a damaged file shows it.
    let value = |i: usize| i32::from(coefficients[i].wrapping_mul(steps[i] as i16));
    if coefficients[1..].iter().all(|&c| c == 0) {
        let flat = clamp(descale(value(0) << PASS1_BITS, PASS1_BITS + 3));
        for row in out.chunks_mut(stride).take(8) {
            row[..8].fill(flat);
        }
        return;
    }
    let mut work = [0i32; 64];
    for column in 0..8 {
        let values = pass(std::array::from_fn(|i| value(i * 8 + column)));
        for (i, v) in values.into_iter().enumerate() {
            work[i * 8 + column] = descale(v, CONST_BITS - PASS1_BITS);
        }
    }
    for (row, line) in out.chunks_mut(stride).take(8).enumerate() {
        let values = pass(std::array::from_fn(|i| work[row * 8 + i]));
        for (pixel, v) in line[..8].iter_mut().zip(values) {
            *pixel = clamp(descale(v, CONST_BITS + PASS1_BITS + 3));
        }
    }
}

fn descale(value: i32, bits: i32) -> i32 {
    value.wrapping_add(1 << (bits - 1)) >> bits
}

fn clamp(value: i32) -> u8 {
    value.wrapping_add(128).clamp(0, 255) as u8
}

/// One dimension: eight coefficients to eight samples, scaled up by `1 << CONST_BITS`.
fn pass(c: [i32; 8]) -> [i32; 8] {
    let mul = i32::wrapping_mul;
    let add = i32::wrapping_add;
    let sub = i32::wrapping_sub;

    let z1 = mul(add(c[2], c[6]), 4433);
    let even2 = add(z1, mul(c[6], -15137));
    let even3 = add(z1, mul(c[2], 6270));
    let even0 = mul(add(c[0], c[4]), 1 << CONST_BITS);
    let even1 = mul(sub(c[0], c[4]), 1 << CONST_BITS);
    let (e0, e3) = (add(even0, even3), sub(even0, even3));
    let (e1, e2) = (add(even1, even2), sub(even1, even2));

    let z1 = mul(add(c[7], c[1]), -7373);
    let z2 = mul(add(c[5], c[3]), -20995);
    let (z3, z4) = (add(c[7], c[3]), add(c[5], c[1]));
    let z5 = mul(add(z3, z4), 9633);
    let z3 = add(mul(z3, -16069), z5);
    let z4 = add(mul(z4, -3196), z5);
    let o0 = add(mul(c[7], 2446), add(z1, z3));
    let o1 = add(mul(c[5], 16819), add(z2, z4));
    let o2 = add(mul(c[3], 25172), add(z2, z3));
    let o3 = add(mul(c[1], 12299), add(z1, z4));

    [
        add(e0, o3),
        add(e1, o2),
        add(e2, o1),
        add(e3, o0),
        sub(e3, o0),
        sub(e2, o1),
        sub(e1, o2),
        sub(e0, o3),
    ]
}
