// Rows of blocks of 32 signed bytes, with a half a block that scales them.
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
