// Two shards with their scales.
@group(0) @binding({{ SHARD0 }}) var<storage, read> shard0: array<u32>;
@group(0) @binding({{ SHARD1 }}) var<storage, read> shard1: array<u32>;
@group(0) @binding({{ SCALES0 }}) var<storage, read> scales0: array<u32>;
@group(0) @binding({{ SCALES1 }}) var<storage, read> scales1: array<u32>;

fn word(shard: u32, index: u32) -> u32 {
    switch (shard) {
        case 0u: { return shard0[index]; }
        default: { return shard1[index]; }
    }
}

fn scale_word(shard: u32, index: u32) -> u32 {
    switch (shard) {
        case 0u: { return scales0[index]; }
        default: { return scales1[index]; }
    }
}

fn blocks() -> u32 {
    return (params.cols + 31u) / 32u;
}

fn scale(shard: u32, row: u32, col: u32) -> f32 {
    let pair = unpack2x16float(scale_word(shard, row * ((blocks() + 1u) / 2u) + col / 64u));
    return select(pair.x, pair.y, (col & 32u) != 0u);
}
