// Floats are compared as integers in the same order, which no fast-math option can upset: NaN is the lowest, -0 equals +0.
const SIZE: u32 = 256u;

@group(0) @binding(0) var<storage, read> logits: array<u32>;

var<workgroup> keys: array<u32, SIZE>;
var<workgroup> columns: array<u32, SIZE>;

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
    keys[local] = key;
    columns[local] = column;
    workgroupBarrier();
    for (var half = SIZE / 2u; half > 0u; half >>= 1u) {
        if (local < half) {
            let other = local + half;
            if (keys[other] > keys[local] || (keys[other] == keys[local] && columns[other] < columns[local])) {
                keys[local] = keys[other];
                columns[local] = columns[other];
            }
        }
        workgroupBarrier();
    }
    return columns[0];
}
