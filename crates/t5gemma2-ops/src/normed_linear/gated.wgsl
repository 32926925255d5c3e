// Every other row of a team is a gate's, followed by its partner in the second half of the rows.
fn weight_row(own: u32, r: u32) -> u32 {
    return own * (ROWS / 2u) + r / 2u + (r & 1u) * (params.rows / 2u);
}

fn finish(own: u32, lane: u32, team: u32) {
    for (var i = lane; i < N * ROWS / 2u; i += LANES) {
        let x_row = i / (ROWS / 2u);
        let pair = i % (ROWS / 2u);
        let row = own * (ROWS / 2u) + pair;
        if (row < params.rows / 2u) {
            let gate = team_sum(x_row, 2u * pair, team) + bias_of(row);
            let up = team_sum(x_row, 2u * pair + 1u, team) + bias_of(row + params.rows / 2u);
            out[x_row * params.out_cols + row] = gelu_tanh(gate) * up;
        }
    }
}
