// A workgroup a row.
const SIZE: u32 = 256u;
const RESIDUAL: bool = {{ RESIDUAL }};

struct Params {
    rows: u32,
    cols: u32,
    eps: f32,
    // Where the norm's weights begin.
    weight_first: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> residual: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

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
    let first = row * params.cols;
    var squares = 0.0;
    for (var col = local; col < params.cols; col += SIZE) {
        let value = x[first + col];
        squares += value * value;
    }
    squares = workgroup_sum(squares, local);
    let factor = 1.0 / sqrt(squares / f32(params.cols) + params.eps);
    for (var col = local; col < params.cols; col += SIZE) {
        var value = x[first + col] * factor * (1.0 + weight[params.weight_first + col]);
        if (RESIDUAL) {
            value += residual[first + col];
        }
        out[first + col] = value;
    }
}
