// Sine and cosine of a large angle. The built-ins are only required to be right to 2^-11, and only within [-pi, pi]:
// too coarse for positions in the thousands. The angle is turned into a fraction of a full turn with integers (exact,
// and beyond the reach of fast-math), then polynomials cover an eighth of a turn to either side.

// Bits of a * b from the 32nd up.
fn multiply_high(a: u32, b: u32) -> u32 {
    let low = (a & 0xffffu) * (b & 0xffffu);
    let mid1 = (a >> 16u) * (b & 0xffffu);
    let mid2 = (a & 0xffffu) * (b >> 16u);
    let carry = ((low >> 16u) + (mid1 & 0xffffu) + (mid2 & 0xffffu)) >> 16u;
    return (a >> 16u) * (b >> 16u) + (mid1 >> 16u) + (mid2 >> 16u) + carry;
}

// (cos, sin) of 0 <= angle < 2^23.
fn turn_of(angle: f32) -> vec2<f32> {
    var quadrant = 0u;
    var r = angle;
    if (angle >= 0.5) {
        let bits = bitcast<u32>(angle);
        let mantissa = (bits & 0x7fffffu) | 0x800000u;
        let shift = 150u - (bits >> 23u);
        // 1 / (2 pi) to 64 bits, times the mantissa: words 1 and 2 of the product.
        let high = 0x28be60dbu;
        let low = 0x9391054au;
        let word1 = mantissa * high;
        let sum1 = word1 + multiply_high(mantissa, low);
        let word2 = multiply_high(mantissa, high) + select(0u, 1u, sum1 < word1);
        // The angle is mantissa / 2^shift, 1 <= shift <= 24: the fraction of a turn in units of 2^-32.
        let turns = (sum1 >> shift) | (word2 << (32u - shift));
        quadrant = (turns + 0x20000000u) >> 30u;
        r = f32(bitcast<i32>(turns - (quadrant << 30u))) * (6.283185307 / 4294967296.0);
    }
    if (angle >= 0.5 || r > 0.0) {
        let s = r * r;
        let sine = r + r * s * (-0.16666654611 + s * (0.0083321608736 + s * -0.00019515295891));
        let cosine = 1.0 - 0.5 * s + s * s * (0.041666645683 + s * (-0.0013887316255 + s * 0.000024433157118));
        switch (quadrant) {
            case 0u: { return vec2<f32>(cosine, sine); }
            case 1u: { return vec2<f32>(-sine, cosine); }
            case 2u: { return vec2<f32>(-cosine, -sine); }
            default: { return vec2<f32>(sine, -cosine); }
        }
    }
    return vec2<f32>(1.0, 0.0);
}
