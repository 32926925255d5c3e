fn element(shard: u32, row: u32, col: u32) -> f32 {
    // Byte j of a block holds its element j low and j + 16 high.
    let bytes = word(shard, row * blocks() * 4u + col / 32u * 4u + col % 16u / 4u);
    let nibble = (bytes >> (col % 4u * 8u + (col & 16u) / 4u)) & 15u;
    return (f32(nibble) - 8.0) * scale(shard, row, col);
}
