// A few rows of x: the weights are read once, LANES neighbouring invocations to a weight row (so that they load
// neighbouring quads), ROWS weight rows to each of them (so that a load of x serves several). Where x comes from
// (`begin`, `fill`, `x_quad`), which rows a team takes and what becomes of their sums (`weight_row`, `finish`), and how a
// team adds them up (`share_sums`, `team_sum`) are sources of their own.
const N: u32 = {{ N }}u;
const LANES: u32 = {{ LANES }}u;
const ROWS: u32 = {{ ROWS }}u;
const SIZE: u32 = 256u;
const TEAMS: u32 = SIZE / LANES;

@compute @workgroup_size(SIZE)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let lane = local % LANES;
    let team = local / LANES;
    let number = group.y * groups.x + group.x;
    let own = number * TEAMS + team;
    begin(number, local);
    var sums: array<f32, N * ROWS>;
    let quads = (params.cols + 3u) / 4u;
    for (var start = 0u; start < quads; start += CHUNK) {
        fill(start, local);
        let end = min(quads - start, CHUNK) + start;
        for (var quad = start + lane; quad < end; quad += LANES) {
            var w: array<vec4<f32>, ROWS>;
            for (var r = 0u; r < ROWS; r++) {
                w[r] = load_weights(weight_row(own, r), quad);
            }
            for (var i = 0u; i < N; i++) {
                let values = x_quad(i, quad, start);
                for (var r = 0u; r < ROWS; r++) {
                    sums[i * ROWS + r] += dot(w[r], values);
                }
            }
        }
    }
    share_sums(&sums, local);
    finish(own, lane, team);
}
