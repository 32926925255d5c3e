// A step is two blocks, whose scales share a word. A number made of a byte and all below it needs no shift to take the
// byte out: the difference of two such is the byte, and it is x that gets the differences, once for many weights. The
// lower three bytes count from -128, so that no sign reaches into the byte above.

// Four bytes, each with all below it.
fn prefixes(word: u32) -> vec4<f32> {
    let biased = word ^ 0x00808080u;
    return vec4<f32>(bitcast<vec4<i32>>(vec4<u32>(biased & 0xffu, biased & 0xffffu, biased & 0xffffffu, biased)));
}

// What the prefixes are to be multiplied with.
fn differences(x: vec4<f32>) -> vec4<f32> {
    let shares = x * vec4<f32>(1.0, 0x1p-8, 0x1p-16, 0x1p-24);
    return shares - vec4<f32>(shares.yzw, 0.0);
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
    let bias = 128.0 * vec2<f32>(
        dot((x0 + x1) + (x2 + x3) + ((x4 + x5) + (x6 + x7)), vec4<f32>(1.0, 1.0, 1.0, 0.0)),
        dot((x8 + x9) + (x10 + x11) + ((x12 + x13) + (x14 + x15)), vec4<f32>(1.0, 1.0, 1.0, 0.0)),
    );
    return Inputs(
        array<vec4<f32>, 16>(
            differences(x0), differences(x1), differences(x2), differences(x3),
            differences(x4), differences(x5), differences(x6), differences(x7),
            differences(x8), differences(x9), differences(x10), differences(x11),
            differences(x12), differences(x13), differences(x14), differences(x15),
        ),
        bias,
    );
}

fn step_weights(row: u32, step: u32) -> Weights {
    let stored = stored_row(row);
    let first = stored * blocks() * 2u + step * 4u;
    let a = weights[first];
    let b = weights[first + 1u];
    // Behind the last block lies another row or nothing, which meets an x of 0.
    let c = weights[first + 2u];
    let d = weights[first + 3u];
    return Weights(
        array<vec4<f32>, 16>(
            prefixes(a.x), prefixes(a.y), prefixes(a.z), prefixes(a.w),
            prefixes(b.x), prefixes(b.y), prefixes(b.z), prefixes(b.w),
            prefixes(c.x), prefixes(c.y), prefixes(c.z), prefixes(c.w),
            prefixes(d.x), prefixes(d.y), prefixes(d.z), prefixes(d.w),
        ),
        scale_pair(stored, step),
    );
}
