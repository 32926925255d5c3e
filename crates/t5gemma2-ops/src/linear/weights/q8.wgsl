// Rows of blocks of 32 signed bytes, with a half a block that scales them.
@group(0) @binding({{ WEIGHTS }}) var<storage, read> weights: array<vec4<u32>>;
@group(0) @binding({{ SCALES }}) var<storage, read> scales: array<u32>;

fn blocks() -> u32 {
    return (params.cols + 31u) / 32u;
}

fn stored_row(row: u32) -> u32 {
    return params.first_row + min(row, params.rows - 1u);
}

// Scales of the blocks 2 pair and 2 pair + 1.
fn scale_pair(row: u32, pair: u32) -> vec2<f32> {
    return unpack2x16float(scales[row * ((blocks() + 1u) / 2u) + pair]);
}

fn load_weights(row: u32, quad: u32) -> vec4<f32> {
    if (quad * 4u >= params.cols) {
        return vec4<f32>();
    }
    let stored = stored_row(row);
    let word = weights[stored * blocks() * 2u + quad / 4u][quad % 4u];
    let pair = scale_pair(stored, quad / 16u);
    let bytes = vec4<i32>(vec4<u32>(word) << vec4<u32>(24u, 16u, 8u, 0u)) >> vec4<u32>(24u);
    return vec4<f32>(bytes) * select(pair.x, pair.y, (quad & 8u) != 0u);
}
