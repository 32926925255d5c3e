// A team adds up by workgroup memory.
var<workgroup> partial: array<f32, N * ROWS * SIZE>;

fn share_sums(sums: ptr<function, array<f32, N * ROWS>>, local: u32) {
    for (var i = 0u; i < N * ROWS; i++) {
        partial[i * SIZE + local] = sums[i];
    }
    workgroupBarrier();
}

// The sum of a row of x with the team's row `r`.
fn team_sum(x_row: u32, r: u32, team: u32) -> f32 {
    var sum = 0.0;
    for (var lane = 0u; lane < LANES; lane++) {
        sum += partial[(x_row * ROWS + r) * SIZE + team * LANES + lane];
    }
    return sum;
}
