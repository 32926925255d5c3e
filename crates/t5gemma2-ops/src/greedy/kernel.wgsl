// A workgroup a row: its likeliest token, and what the next step reads.
struct Params {
    rows: u32,
    cols: u32,
    slots: u32,
    ends: u32,
    filling: u32,
}

@group(0) @binding(1) var<storage, read> ends: array<u32>;
@group(0) @binding(2) var<storage, read_write> tokens: array<u32>;
@group(0) @binding(3) var<storage, read_write> positions: array<u32>;
@group(0) @binding(4) var<storage, read_write> total: array<u32>;
@group(0) @binding(5) var<storage, read_write> history: array<u32>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(SIZE)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = group.y * groups.x + group.x;
    if (row >= params.rows) {
        return;
    }
    let winner = first_maximum(row, params.cols, local);
    if (local == 0u) {
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
}
