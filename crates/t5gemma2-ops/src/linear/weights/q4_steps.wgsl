// A step is two blocks, whose scales share a word. A number made of a nibble and all below it needs no shift to take
// the nibble out: the difference of two such is the nibble, and it is x that gets the differences, once for many weights.
// Quad i of a block has a word's low nibbles, quad i + 4 the high ones.

// Four low nibbles, each with all below it.
fn low_prefixes(word: u32) -> vec4<f32> {
    return vec4<f32>(bitcast<vec4<i32>>(vec4<u32>(word) & vec4<u32>(0xfu, 0xfffu, 0xfffffu, 0xfffffffu)));
}

// Four high ones; the uppermost counts from -8 already.
fn high_prefixes(word: u32) -> vec4<f32> {
    return vec4<f32>(
        bitcast<vec4<i32>>(vec4<u32>(word & 0xffu, word & 0xffffu, word & 0xffffffu, word ^ 0x80000000u)),
    );
}

// What the prefixes are to be multiplied with, given both quads of a word.
fn low_differences(low: vec4<f32>, high: vec4<f32>) -> vec4<f32> {
    return low * vec4<f32>(1.0, 0x1p-8, 0x1p-16, 0x1p-24) - high * vec4<f32>(0x1p-4, 0x1p-12, 0x1p-20, 0x1p-28);
}

fn high_differences(low: vec4<f32>, high: vec4<f32>) -> vec4<f32> {
    return high * vec4<f32>(0x1p-4, 0x1p-12, 0x1p-20, 0x1p-28) - vec4<f32>(low.yzw * vec3<f32>(0x1p-8, 0x1p-16, 0x1p-24), 0.0);
}

fn inputs(x_row: u32, step: u32, start: u32) -> Inputs {
    let x0 = x_quad(x_row, step * STEP + 0u, start);
    let x1 = x_quad(x_row, step * STEP + 1u, start);
    let x2 = x_quad(x_row, step * STEP + 2u, start);
    let x3 = x_quad(x_row, step * STEP + 3u, start);
    let x4 = x_quad(x_row, step * STEP + 4u, start);
    let x5 = x_quad(x_row, step * STEP + 5u, start);
    let x6 = x_quad(x_row, step * STEP + 6u, start);
    let x7 = x_quad(x_row, step * STEP + 7u, start);
    let x8 = x_quad(x_row, step * STEP + 8u, start);
    let x9 = x_quad(x_row, step * STEP + 9u, start);
    let x10 = x_quad(x_row, step * STEP + 10u, start);
    let x11 = x_quad(x_row, step * STEP + 11u, start);
    let x12 = x_quad(x_row, step * STEP + 12u, start);
    let x13 = x_quad(x_row, step * STEP + 13u, start);
    let x14 = x_quad(x_row, step * STEP + 14u, start);
    let x15 = x_quad(x_row, step * STEP + 15u, start);
    let bias = 8.0 * vec2<f32>(
        dot((x0 + x1) + (x2 + x3), vec4<f32>(1.0)) + dot((x4 + x5) + (x6 + x7), vec4<f32>(1.0, 1.0, 1.0, 0.0)),
        dot((x8 + x9) + (x10 + x11), vec4<f32>(1.0)) + dot((x12 + x13) + (x14 + x15), vec4<f32>(1.0, 1.0, 1.0, 0.0)),
    );
    return Inputs(
        array<vec4<f32>, 16>(
            low_differences(x0, x4), low_differences(x1, x5),
            low_differences(x2, x6), low_differences(x3, x7),
            high_differences(x0, x4), high_differences(x1, x5),
            high_differences(x2, x6), high_differences(x3, x7),
            low_differences(x8, x12), low_differences(x9, x13),
            low_differences(x10, x14), low_differences(x11, x15),
            high_differences(x8, x12), high_differences(x9, x13),
            high_differences(x10, x14), high_differences(x11, x15),
        ),
        bias,
    );
}

fn step_weights(row: u32, step: u32) -> Weights {
    let stored = stored_row(row);
    let first = stored * blocks() + step * 2u;
    let a = weights[first];
    // Behind the last block lies another row or nothing, which meets an x of 0.
    let b = weights[first + 1u];
    return Weights(
        array<vec4<f32>, 16>(
            low_prefixes(a.x), low_prefixes(a.y),
            low_prefixes(a.z), low_prefixes(a.w),
            high_prefixes(a.x), high_prefixes(a.y),
            high_prefixes(a.z), high_prefixes(a.w),
            low_prefixes(b.x), low_prefixes(b.y),
            low_prefixes(b.z), low_prefixes(b.w),
            high_prefixes(b.x), high_prefixes(b.y),
            high_prefixes(b.z), high_prefixes(b.w),
        ),
        scale_pair(stored, step),
    );
}
