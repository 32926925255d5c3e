// A workgroup makes a tile of X_TILE rows by 64 columns of the output, an invocation X_EACH by 4 of it, walking over
// the shared dimension 16 columns at a time. The tiles lie transposed in workgroup memory, one column more than needed
// apart, so that neighbouring invocations read neighbouring words.
const X_EACH: u32 = {{ X_EACH }}u;
const X_TILE: u32 = 16u * X_EACH;
const W_TILE: u32 = 64u;
const DEPTH: u32 = 16u;
const X_STRIDE: u32 = X_TILE + 1u;
const W_STRIDE: u32 = W_TILE + 1u;
const SIZE: u32 = 256u;

var<workgroup> x_tile: array<f32, DEPTH * X_STRIDE>;
var<workgroup> w_tile: array<f32, DEPTH * W_STRIDE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let x_first = group.y * X_TILE;
    let w_first = group.x * W_TILE;
    let x_own = local / 16u * X_EACH;
    let w_own = local % 16u;
    var sums: array<vec4<f32>, X_EACH>;
    let quads = (params.cols + 3u) / 4u;
    for (var quad = 0u; quad < quads; quad += DEPTH / 4u) {
        for (var i = local; i < X_TILE * DEPTH / 4u; i += SIZE) {
            let values = load_x(x_first + i / 4u, quad + i % 4u);
            for (var c = 0u; c < 4u; c++) {
                x_tile[(i % 4u * 4u + c) * X_STRIDE + i / 4u] = values[c];
            }
        }
        let values = load_weights(w_first + local / 4u, quad + local % 4u);
        for (var c = 0u; c < 4u; c++) {
            w_tile[(local % 4u * 4u + c) * W_STRIDE + local / 4u] = values[c];
        }
        workgroupBarrier();
        for (var k = 0u; k < DEPTH; k++) {
            let w = vec4<f32>(
                w_tile[k * W_STRIDE + w_own],
                w_tile[k * W_STRIDE + w_own + 16u],
                w_tile[k * W_STRIDE + w_own + 32u],
                w_tile[k * W_STRIDE + w_own + 48u],
            );
            for (var i = 0u; i < X_EACH; i++) {
                sums[i] += x_tile[k * X_STRIDE + x_own + i] * w;
            }
        }
        workgroupBarrier();
    }
    for (var i = 0u; i < X_EACH; i++) {
        for (var c = 0u; c < 4u; c++) {
            store(x_first + x_own + i, w_first + w_own + c * 16u, sums[i][c]);
        }
    }
}
