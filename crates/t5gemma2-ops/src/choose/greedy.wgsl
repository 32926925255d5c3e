// A workgroup a row: its likeliest token.
struct Params {
    rows: u32,
    cols: u32,
    slots: u32,
    ends: u32,
    filling: u32,
}

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
        advance(row, winner);
    }
}
