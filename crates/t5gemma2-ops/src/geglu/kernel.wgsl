// An invocation an element of the output.
const GATED: bool = {{ GATED }};

struct Params {
    elements: u32,
    // Columns of the output.
    cols: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    for (var i = id.x; i < params.elements; i += groups.x * 256u) {
        if (GATED) {
            let gate = i + i / params.cols * params.cols;
            out[i] = gelu_tanh(x[gate]) * x[gate + params.cols];
        } else {
            out[i] = gelu_tanh(x[i]);
        }
    }
}
