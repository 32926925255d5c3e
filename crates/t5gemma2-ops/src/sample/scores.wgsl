// Scores are logits divided by the temperature. They are compared as integers in the same order, which no fast-math option can
// upset: -0 equals +0, NaN is the highest.
struct Params {
    rows: u32,
    cols: u32,
    slots: u32,
    ends: u32,
    filling: u32,
    seed_low: u32,
    seed_high: u32,
    temperature: f32,
    top_k: u32,
    // Whether there is a `top_p`, and of the probability what it leaves out, in units of 2^-32.
    has_top_p: u32,
    left_out: u32,
    min_p: f32,
}

@group(0) @binding(0) var<storage, read> logits: array<u32>;
@group(0) @binding(6) var<uniform> params: Params;

// The keys of the infinities.
const NEGATIVE_INFINITY = 0x007fffffu;
const INFINITY = 0xff800000u;

fn key_at(index: u32) -> u32 {
    var bits = logits[index];
    if ((bits & 0x7f800000u) != 0x7f800000u && params.temperature != 1.0) {
        bits = bitcast<u32>(bitcast<f32>(bits) / params.temperature);
    }
    let magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) {
        return 0xffffffffu;
    }
    if (magnitude == 0u) {
        return 0x80000000u;
    }
    return select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
}

fn score_of(key: u32) -> f32 {
    return bitcast<f32>(select(~key, key & 0x7fffffffu, (key >> 31u) == 1u));
}

// A positive number up to 1 in units of 2^-40: as it is down to 2^-17, cut off below.
fn fixed(number: f32) -> vec2<u32> {
    let bits = bitcast<u32>(number);
    let exponent = bits >> 23u;
    let mantissa = (bits & 0x7fffffu) | 0x800000u;
    if (exponent > 110u) {
        let left = exponent - 110u;
        return vec2<u32>(mantissa << left, mantissa >> (32u - left));
    }
    let right = 110u - exponent;
    return vec2<u32>(select(0u, mantissa >> (right & 31u), right < 24u), 0u);
}

// Of a finite score's key: the exponential of its distance from the largest.
fn weight(key: u32, largest: f32) -> vec2<u32> {
    let distance = score_of(key) - largest;
    if (distance == 0.0) {
        return vec2<u32>(0u, 256u);
    }
    if (distance < -28.0) {
        return vec2<u32>(0u);
    }
    return fixed(min(exp(distance), 1.0));
}
