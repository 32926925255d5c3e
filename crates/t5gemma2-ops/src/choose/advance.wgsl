// What a chosen token leaves for the next step. `params` has the slots of the history, the number of ends and the filling.
@group(0) @binding(1) var<storage, read> ends: array<u32>;
@group(0) @binding(2) var<storage, read_write> tokens: array<u32>;
@group(0) @binding(3) var<storage, read_write> positions: array<u32>;
@group(0) @binding(4) var<storage, read_write> total: array<u32>;
@group(0) @binding(5) var<storage, read_write> history: array<u32>;

// By one invocation of each row.
fn advance(row: u32, winner: u32) {
    let own = row * (params.slots + 2u);
    let count = history[own];
    let ended = params.ends != 0u && history[own + 1u] != 0u;
    let token = select(winner, params.filling, ended);
    for (var i = 0u; i < params.ends; i++) {
        if (ends[i] == token) {
            history[own + 1u] = 1u;
        }
    }
    history[own + 2u + count % params.slots] = token;
    history[own] = count + 1u;
    tokens[row] = token;
    positions[row] += 1u;
    if (row == 0u) {
        total[0] += 1u;
    }
}
