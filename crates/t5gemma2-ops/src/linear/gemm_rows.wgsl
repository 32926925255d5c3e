// X_ROWS rows of x by ROWS weight rows an invocation, whole rows and nothing shared: software adapters lose time at
// barriers, and at loads, of which a sum takes the fewer the more of them an invocation makes.
const X_ROWS: u32 = {{ X_ROWS }}u;
const ROWS: u32 = {{ ROWS }}u;
const SIZE: u32 = {{ SIZE }}u;

// Stores in a loop: written out one by one they would take most of the compiler's time.
var<private> totals: array<f32, X_ROWS * ROWS>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let x_first = group.y * X_ROWS;
    let w_first = (group.x * SIZE + local) * ROWS;
    {{ SUMS }}
    let quads = (params.cols + 3u) / 4u;
    for (var quad = 0u; quad < quads; quad++) {
        {{ INPUTS }}
        {{ PRODUCTS }}
    }
    {{ TOTALS }}
    for (var i = 0u; i < X_ROWS * ROWS; i++) {
        store(x_first + i / ROWS, w_first + i % ROWS, totals[i]);
    }
}
