// A team takes neighbouring rows; each lane stores some of its results.
fn weight_row(own: u32, r: u32) -> u32 {
    return own * ROWS + r;
}

fn finish(own: u32, lane: u32, team: u32) {
    for (var i = lane; i < N * ROWS; i += LANES) {
        store(i / ROWS, own * ROWS + i % ROWS, team_sum(i / ROWS, i % ROWS, team));
    }
}
