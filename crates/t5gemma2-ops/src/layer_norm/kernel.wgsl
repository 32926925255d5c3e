// A workgroup a row; mean first, then the variance around it, as a difference of squares would lose digits.
const SIZE: u32 = 256u;

struct Params {
    rows: u32,
    cols: u32,
    eps: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
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
    var sum = 0.0;
    for (var col = local; col < params.cols; col += SIZE) {
        sum += x[first + col];
    }
    let mean = workgroup_sum(sum, local) / f32(params.cols);
    var squares = 0.0;
    for (var col = local; col < params.cols; col += SIZE) {
        let centred = x[first + col] - mean;
        squares += centred * centred;
    }
    squares = workgroup_sum(squares, local);
    let factor = 1.0 / sqrt(squares / f32(params.cols) + params.eps);
    for (var col = local; col < params.cols; col += SIZE) {
        out[first + col] = (x[first + col] - mean) * factor * weight[col] + bias[col];
    }
}
