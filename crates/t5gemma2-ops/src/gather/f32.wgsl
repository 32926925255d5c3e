fn element(shard: u32, row: u32, col: u32) -> f32 {
    return bitcast<f32>(word(shard, row * params.cols + col));
}
