fn element(shard: u32, row: u32, col: u32) -> f32 {
    let pair = widen(word(shard, row * ((params.cols + 1u) / 2u) + col / 2u));
    return select(pair.x, pair.y, (col & 1u) != 0u);
}
