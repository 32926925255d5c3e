// Rows of blocks of 32 nibbles, with a half a block that scales what they are above 8: byte j of a block holds its element
// j low and j + 16 high.
fn load_weights(row: u32, quad: u32) -> vec4<f32> {
    if (quad * 4u >= params.cols) {
        return vec4<f32>();
    }
    let stored = stored_row(row);
    let word = weights[stored * blocks() + quad / 8u][quad % 4u] >> (quad & 4u);
    let pair = scale_pair(stored, quad / 16u);
    let nibbles = (vec4<u32>(word) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(15u);
    return (vec4<f32>(nibbles) - 8.0) * select(pair.x, pair.y, (quad & 8u) != 0u);
}
