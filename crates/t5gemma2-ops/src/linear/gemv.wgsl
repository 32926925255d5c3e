// A few rows of x: the weights are read once, LANES neighbouring invocations to a weight row (so that they load
// neighbouring quads), ROWS weight rows to each of them (so that a load of x serves several).
const N: u32 = {{ N }}u;
const LANES: u32 = {{ LANES }}u;
const ROWS: u32 = {{ ROWS }}u;
const SIZE: u32 = 256u;
const TEAMS: u32 = SIZE / LANES;

var<workgroup> partial: array<f32, N * ROWS * SIZE>;

@compute @workgroup_size(SIZE)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let lane = local % LANES;
    let team = local / LANES;
    let first = ((group.y * groups.x + group.x) * TEAMS + team) * ROWS;
    var sums: array<f32, N * ROWS>;
    let quads = (params.cols + 3u) / 4u;
    for (var quad = lane; quad < quads; quad += LANES) {
        var w: array<vec4<f32>, ROWS>;
        for (var r = 0u; r < ROWS; r++) {
            w[r] = load_weights(first + r, quad);
        }
        for (var i = 0u; i < N; i++) {
            let values = load_x(i, quad);
            for (var r = 0u; r < ROWS; r++) {
                sums[i * ROWS + r] += dot(w[r], values);
            }
        }
    }
    for (var i = 0u; i < N * ROWS; i++) {
        partial[i * SIZE + local] = sums[i];
    }
    workgroupBarrier();
    // Each lane adds up some of the team's results.
    for (var i = lane; i < N * ROWS; i += LANES) {
        var sum = 0.0;
        for (var other = 0u; other < LANES; other++) {
            sum += partial[i * SIZE + team * LANES + other];
        }
        store(i / ROWS, first + i % ROWS, sum);
    }
}
