// Floats are compared as integers in the same order, which no fast-math option can upset: NaN is the lowest, -0 equals +0.
const SIZE: u32 = 256u;

@group(0) @binding(0) var<storage, read> logits: array<u32>;

fn ordered(bits: u32) -> u32 {
    let magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) {
        return 0u;
    }
    if (magnitude == 0u) {
        return 0x80000000u;
    }
    return select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
}

// The column of the row's maximum, the first of several.
fn first_maximum(row: u32, cols: u32, local: u32) -> u32 {
    var key = 0u;
    var column = 0u;
    for (var col = local; col < cols; col += SIZE) {
        let other = ordered(logits[row * cols + col]);
        if (other > key) {
            key = other;
            column = col;
        }
    }
    return first_of_largest(key, column, local);
}
