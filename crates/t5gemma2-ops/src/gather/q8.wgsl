fn element(shard: u32, row: u32, col: u32) -> f32 {
    let bytes = bitcast<i32>(word(shard, row * blocks() * 8u + col / 4u));
    return f32((bytes << (24u - col % 4u * 8u)) >> 24u) * scale(shard, row, col);
}
