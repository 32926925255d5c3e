// A few rows of x, ROWS weight rows an invocation and nothing shared between invocations: software adapters, which take
// an invocation's loads one by one and lose time at barriers, are fastest with few loads of x and none of partial sums.
// The interface is that of the GEMV kernel with one lane a team.
const N: u32 = {{ N }}u;
const LANES: u32 = 1u;
const ROWS: u32 = {{ ROWS }}u;
const SIZE: u32 = {{ SIZE }}u;

var<private> totals: array<f32, N * ROWS>;

fn team_sum(x_row: u32, r: u32, team: u32) -> f32 {
    return totals[x_row * ROWS + r];
}

@compute @workgroup_size(SIZE)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let number = group.y * groups.x + group.x;
    let own = number * SIZE + local;
    begin(number, local);
    {{ SUMS }}
    let quads = (params.cols + 3u) / 4u;
    for (var start = 0u; start < quads; start += CHUNK) {
        fill(start, local);
        let end = min(quads - start, CHUNK) + start;
        for (var step = start / STEP; step * STEP < end; step++) {
            {{ INPUTS }}
            {{ PRODUCTS }}
        }
    }
    {{ TOTALS }}
    finish(own, 0u, local);
}
